// This is a file of its own because all files that make a part of a page import it.
import { html } from 'hono/html'

/** A part of a page. A template escapes all values that it is given, except other parts. */
export type Html = ReturnType<typeof html>

export { html }
