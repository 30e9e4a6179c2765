/** What became of one request of an application. Times are milliseconds since 1970. */
export type Sent = {
  application: string
  began: number
  ended: number
  /** The final answer's status; undefined when none came, however often it was tried. */
  status?: number | undefined
  /** How often it was sent again since its connection was cut; an order has its idempotency key for that. */
  cuts: number
  /** Whether it took a second token to be accepted. */
  renewed: boolean
  /** What was ordered, by nobody else, and the order's ID. */
  order?: { item: string; id?: string }
}
