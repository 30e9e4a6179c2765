import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '@signet/testing/repository'

/** Parses a Markdown file of the repository, as far as the tests need it. */
export function readMarkdown(path: string) {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '')
  return {
    /** The anchors of its headings, as GitHub names them. */
    anchors: [...prose.matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) => anchorOf(heading)),
    /** The targets of its links and images. */
    links: [...prose.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)].map(
      ([, link, attribute]) => link ?? attribute ?? '',
    ),
    /** Its shell blocks, without comments. */
    scripts: [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, script = '']) =>
      script.replace(/^#.*\n/gm, ''),
    ),
  }
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')
}
