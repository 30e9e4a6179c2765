import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { figureOf } from './measure.ts'
import type { Results } from './results.ts'
import { SERVERS } from './servers.ts'

const KINDS = { Signet: '#0b7a4b', unauthenticated: '#9aa5b1', alternatives: '#4a78b5' }

/** CPU time for a request to each server, as SVG. The line at the end of a bar goes from the first to the third quartile. */
export async function drawChart({ blocks, machine, quick }: Results): Promise<string> {
  const values = SERVERS.map(({ name, label, bare, sends }) => {
    const isSigned = name === 'api' || name.endsWith('signet')
    const isOpen = name === bare || sends === 'nothing'
    const kind = isSigned ? 'Signet' : isOpen ? 'unauthenticated' : 'alternatives'
    const { median, low, high } = figureOf((blocks[name] ?? []).map(({ cpu }) => cpu))
    return { label, kind, median, low, high, text: median.toFixed(1) }
  })
  const labels = values.toSorted((one, other) => one.median - other.median).map(({ label }) => label)
  const y = {
    field: 'label',
    type: 'nominal',
    sort: labels,
    title: null,
    axis: { labelLimit: 0 },
  }
  const spec = {
    title: {
      text: 'CPU time for a request, in microseconds (less is better)',
      subtitle: `TLS 1.3, keep-alive, one repeated token; ${machine.cores} cores, Node.js ${machine.node}${quick ? '; an inexact run' : ''}`,
      anchor: 'start',
      offset: 12,
    },
    background: 'white',
    padding: 16,
    width: 560,
    height: { step: 26 },
    data: { values },
    encoding: { y },
    layer: [
      {
        mark: { type: 'bar', cornerRadiusEnd: 3 },
        encoding: {
          x: { field: 'median', type: 'quantitative', title: null },
          color: {
            field: 'kind',
            type: 'nominal',
            title: null,
            scale: { domain: Object.keys(KINDS), range: Object.values(KINDS) },
            legend: { orient: 'bottom' },
          },
        },
      },
      {
        mark: { type: 'rule', color: '#20262d' },
        encoding: { x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 8 },
        encoding: { x: { field: 'high', type: 'quantitative' }, text: { field: 'text' } },
      },
    ],
    config: { font: 'system-ui, sans-serif', view: { stroke: null }, axis: { grid: false } },
  } as TopLevelSpec
  return `${await new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG()}\n`
}
