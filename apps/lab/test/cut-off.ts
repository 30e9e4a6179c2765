import type { Page } from 'playwright-core'

/**
 * What of a page a reader cannot see without scrolling sideways (WCAG 1.4.10): elements that are wider than the window,
 * and those whose content is wider than they are. What is meant for screen readers only is left out, and so are form
 * fields, in which one can write more than they show.
 */
export function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(FIND)
}

// A text, since it runs in the page and TypeScript knows no DOM here.
const FIND = `(() => {
  const { clientWidth, scrollWidth } = document.scrollingElement
  const tell = (element) => element.tagName.toLowerCase() + (element.className && '.' + element.className)
  const isCut = (element) =>
    element.getBoundingClientRect().right > clientWidth + 0.5 ||
    (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible')
  const elements = [...document.querySelectorAll('body *')]
    .filter((element) => !element.closest('.unseen, .skip, .cards thead, input, select, summary'))
    .filter(isCut)
  return [...(scrollWidth > clientWidth ? ['the page'] : []), ...elements.map(tell)]
})()`
