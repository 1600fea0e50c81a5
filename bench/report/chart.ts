// The ratios as bars. Written by hand: a chart library would be a dependency for one picture.
import type { Row } from '../targets'

const WIDTH = 860
const LEFT = 372
const RIGHT = 92
const TOP = 64
const ROW = 30
const BAR = 14

// The picture stands on the page's own ground, light or dark; a viewer that knows no media query gets the light one.
const STYLE = `
    text { font: 13px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #24292f }
    .title { font-size: 15px; font-weight: 600 }
    .quiet { fill: #57606a; font-size: 12px }
    .value { font-weight: 600 }
    .grid { stroke: #d0d7de }
    .one { stroke: #57606a; stroke-width: 1.5 }
    .bar { fill: #1a7f37 }
    .missed { fill: #bc4c00 }
    .told { fill: #8c959f }
    .target { stroke: #24292f; stroke-width: 2 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .quiet { fill: #8d96a0 }
      .grid { stroke: #30363d }
      .one { stroke: #8d96a0 }
      .bar { fill: #3fb950 }
      .missed { fill: #f0883e }
      .told { fill: #6e7681 }
      .target { stroke: #e6edf3 }
    }`

/** Bars on a logarithmic scale, so that 1.8 and 20 times both stay readable. What is worse than the baseline goes left. */
export function chart(rows: readonly Row[]): string {
  const bars = rows.flatMap(({ what, met, bar }) => (bar === null ? [] : [{ what: what.replaceAll('`', ''), met, ...bar }]))
  const highest = Math.ceil(Math.log2(Math.max(2, ...bars.map((bar) => bar.ratio))))
  const lowest = Math.floor(Math.log2(Math.min(1, ...bars.map((bar) => bar.ratio))))
  const x = (ratio: number) => round(LEFT + ((WIDTH - LEFT - RIGHT) * (Math.log2(ratio) - lowest)) / (highest - lowest))
  const height = TOP + bars.length * ROW + 44
  const bottom = TOP + bars.length * ROW + 4
  const grid = Array.from({ length: highest - lowest + 1 }, (_, index) => {
    const power = lowest + index
    const at = x(2 ** power)
    const line = `<line class="${power === 0 ? 'one' : 'grid'}" x1="${at}" y1="${TOP - 6}" x2="${at}" y2="${bottom}"/>`
    return `${line}<text class="quiet" x="${at}" y="${bottom + 16}" text-anchor="middle">${power < 0 ? `1/${2 ** -power}` : 2 ** power}×</text>`
  })
  const drawn = bars.map(({ what, ratio, target, met }, index) => {
    const y = TOP + index * ROW
    const kind = met === null ? 'told' : met ? 'bar' : 'missed'
    const [start, end] = ratio < 1 ? [x(ratio), x(1)] : [x(1), x(ratio)]
    const mark = target === null ? '' : line('target', x(target), y + 3, y + 3 + BAR + 6)
    return [
      `<text x="${LEFT - 12}" y="${y + 17}" text-anchor="end">${escaped(what)}</text>`,
      `<rect class="${kind}" x="${start}" y="${y + 6}" width="${round(Math.max(1, end - start))}" height="${BAR}" rx="2"/>`,
      `${mark}<text class="value" x="${Math.max(end, target === null ? 0 : x(target)) + 8}" y="${y + 17}">${digits(ratio)}×</text>`,
    ].join('\n  ')
  })
  const key = 'Green: at least what was promised (the upright mark). Orange: less. Grey: nothing was promised.'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">
  <title id="title">How many times less tokenkeep costs than the same job in pure TypeScript</title>
  <style>${STYLE}
  </style>
  <text class="title" x="16" y="24">How many times less tokenkeep costs than pure TypeScript (1×)</text>
  <text class="quiet" x="16" y="43">${key}</text>
  ${grid.join('\n  ')}
  ${drawn.join('\n  ')}
  <text class="quiet" x="${WIDTH - RIGHT}" y="${height - 8}" text-anchor="end">logarithmic scale, medians of interleaved rounds</text>
</svg>
`
}

function line(kind: string, at: number, from: number, to: number): string {
  return `<line class="${kind}" x1="${at}" y1="${from}" x2="${at}" y2="${to}"/>`
}

function digits(ratio: number): string {
  return ratio.toFixed(ratio < 10 ? 1 : 0)
}

function round(coordinate: number): number {
  return Math.round(coordinate * 10) / 10
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
