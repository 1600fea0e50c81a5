// A fleet of 100,000 processes over a day, from the simulator into docs/at-scale.md and its chart. Takes a minute or two.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './progress.mjs'

const args = ['run', '-q', '--no-default-features', '--profile', 'simulator', '--example', 'simulate', '--', 'at-scale']
const { status, stdout, stderr } = spawnSync('cargo', args, { cwd: root, encoding: 'utf8' })
if (status !== 0) throw new Error(stderr)
const rows = stdout.trim().split('\n').map((line) => JSON.parse(line))

const figure = (number) => Math.round(number).toLocaleString('en-US')
const table = rows.map(({ way, logins, refreshes, peak, laterPeak }) =>
  `| ${way} | ${figure(logins / 24)} | ${figure(refreshes / 24)} | ${figure(peak)} | ${figure(laterPeak)} |`,
)
writeFileSync(
  join(root, 'docs', 'at-scale.md'),
  `# At scale

1,000 hosts with 100 processes each, every one of which uses 1,000 accounts: one day, tokens of ten minutes, a call for each
account every ten seconds on average, all processes started within one minute. Made by \`npm run at-scale\`.

![Requests of a fleet per second, when it is busiest](at-scale.svg)

| how | logins per hour | refreshes per hour | busiest ten seconds, per second | the same after the first hour |
| --- | ---: | ---: | ---: | ---: |
${table.join('\n')}

"As before" is the class that this package replaces: each process for itself, a margin of 60 s, and a refresh with the access token,
which today's Baserow refuses, so that a login follows. The count has both requests.

## What this is and what it is not
A hundred million sessions are too many for the whole core. This is a model of it (\`simulator/scale/\`): every decision about when a
token is due is made by the core's own \`Policy\`; the rest is reduced to what decides how much a server is asked. Where sessions are in
memory there is one for each process and account; where they are in files there is one for each host and account, which the first
process past the border renews and all others take over; where they are in Redis there is one for each account. Nothing fails in it. Sessions know nothing of each other, so 250,000 of
them are played, and each stands for some others: the busiest ten seconds are an estimate that is a few percent too high.
\`tests/simulator.rs\` holds the model against the real core in a small fleet: as many logins, and refreshes within 5 %.
`,
)

const [WIDTH, LEFT, TOP, ROW] = [860, 330, 56, 30]
const most = Math.log10(Math.max(...rows.map((row) => row.laterPeak)))
const bars = rows.map(({ way, laterPeak }, index) => {
  const [y, length] = [TOP + index * ROW, ((WIDTH - LEFT - 110) * Math.log10(Math.max(1, laterPeak))) / most]
  return `<text x="${LEFT - 12}" y="${y + 17}" text-anchor="end">${way}</text>
  <rect class="bar" x="${LEFT}" y="${y + 6}" width="${length.toFixed(1)}" height="14" rx="2"/>
  <text class="value" x="${(LEFT + length + 8).toFixed(1)}" y="${y + 17}">${figure(laterPeak)}</text>`
})
const height = TOP + rows.length * ROW + 30
writeFileSync(
  join(root, 'docs', 'at-scale.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">
  <title id="title">Requests per second in the busiest ten seconds after the first hour, of a fleet of 100,000 processes</title>
  <style>
    text { font: 13px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #24292f }
    .quiet { fill: #57606a; font-size: 12px } .value { font-weight: 600 } .bar { fill: #1a7f37 }
    @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .quiet { fill: #8d96a0 } .bar { fill: #3fb950 } }
  </style>
  <text class="value" x="16" y="24">Requests per second in the busiest ten seconds after the first hour</text>
  ${bars.join('\n  ')}
  <text class="quiet" x="${WIDTH - 16}" y="${height - 8}" text-anchor="end">logarithmic scale</text>
</svg>
`,
)
console.log(table.join('\n'))
