// The blocks that cannot be run, each with the reason and with what is checked instead.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import * as tokenkeep from 'tokenkeep'
import { expect } from 'vitest'
import type { Block } from './pages'
import { ROOT, readPage } from './pages'

export interface NotRun {
  page: string
  anchor: string
  language: string
  because: string
  instead: string
  check(block: Block): void | Promise<void>
}

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')

/** The borders between the zones, in their order. */
const drawing = (words: string[]) => ({
  language: 'text',
  because: 'it is a drawing',
  instead: 'it has the zones of the life cycle in their order',
  check: ({ code }: Block) => {
    const places = words.map((word) => code.indexOf(word))
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places[0]).toBeGreaterThanOrEqual(0)
  },
})

const headings = readPage('docs/cli.md').anchors
/** What docs/cli.md describes, which __test__/cli.spec.ts holds against the command itself. */
const COMMANDS = new Set(headings.slice(0, headings.indexOf('variables')))
const VARIABLES = read('docs/cli.md').match(/^## (?:BASEROW|TOKENKEEP)_.*$/gm)!.flatMap((heading) => heading.slice(3).split(', '))

/** As much of a pod as is checked. */
interface Pod {
  containers: { args?: string[]; env: { name: string }[]; volumeMounts: { name: string }[]; livenessProbe?: { exec: { command: string[] } } }[]
  volumes: { name: string }[]
}

const diff = {
  anchor: 'moving-from-the-old-class',
  language: 'diff',
  because: 'it is a change of a program',
  instead: 'what it imports is exported, and __test__/types.spec.ts runs such a program',
  check: ({ code }: Block) => {
    const [, name] = /^\+import \{ (\w+) \} from 'tokenkeep'$/m.exec(code)!
    expect(Object.keys(tokenkeep)).toContain(name)
  },
}

export const NOT_RUN: NotRun[] = [
  { page: 'README.md', anchor: 'how-it-behaves', ...drawing(['receipt', 'expiry - margin', 'fresh', 'hard', 'expired']) },
  { page: 'docs/renewing.md', anchor: 'when-a-token-is-renewed', ...drawing(['receipt', 'soft border', 'hard border', 'fresh', 'soft -', 'hard -', 'expired']) },
  { page: 'README.md', ...diff },
  { page: 'docs/replace-the-old-class.md', ...diff, anchor: 'replace-the-old-class' },
  {
    page: 'docs/container.md',
    anchor: 'run-in-a-container',
    language: 'dockerfile',
    because: 'it needs a daemon and a registry',
    instead: 'its instructions are known, its variables are ours, its folder is one, its command is the program below it',
    check: ({ code }) => {
      const lines = code.trimEnd().split('\n').map((line) => line.split(' '))
      for (const [instruction] of lines) expect(['FROM', 'WORKDIR', 'COPY', 'RUN', 'USER', 'ENV', 'VOLUME', 'CMD']).toContain(instruction)
      const folder = /^ENV (\w+)=(.*)$/m.exec(code)!
      expect(VARIABLES).toContain(folder[1])
      expect(code).toContain(`VOLUME ${folder[2]}\n`)
      expect(code).toContain(`mkdir -p -m 0700 ${folder[2]} `)
      const [, program] = JSON.parse(/^CMD (.*)$/m.exec(code)![1]!) as string[]
      expect(readPage('docs/container.md').blocks.map(({ file }) => file)).toContain(program)
      expect(Number(/^FROM node:(\d+)/.exec(code)![1])).toBeGreaterThanOrEqual(20)
    },
  },
  {
    page: 'docs/container.md',
    anchor: 'a-daemon-beside-it',
    language: 'yaml',
    because: 'it needs a cluster',
    instead: 'it is parsed, its variables and commands are ours, what it mounts is there',
    check: ({ code }) => {
      const { spec } = (load(code) as { spec: { template: { spec: Pod } } }).spec.template
      const volumes = spec.volumes.map(({ name }) => name)
      for (const { args = [], env, volumeMounts, livenessProbe } of spec.containers) {
        for (const { name } of env) expect(VARIABLES).toContain(name)
        for (const mount of volumeMounts) expect(volumes).toContain(mount.name)
        for (const command of [args, livenessProbe?.exec.command ?? []]) {
          if (command.length > 0) expect([command[0], command[1], COMMANDS.has(command[2]!)]).toEqual(['npx', 'tokenkeep', true])
        }
      }
    },
  },
  {
    page: 'docs/custom-store.md',
    anchor: 'in-postgres',
    language: 'sql',
    because: 'it needs a Postgres',
    instead: 'it has the columns that the functions below it use',
    check: ({ code }) => {
      const used = new Set(read('docs/custom-store.md').match(/(?<=(?:WHERE|AND|SET|,|SELECT) )(?:key|record|generation)\b/g))
      expect([...used].sort()).toEqual([...code.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name).sort())
    },
  },
  {
    page: 'docs/custom-store.md',
    anchor: 'in-postgres',
    language: 'ts',
    because: 'it needs a Postgres',
    instead: 'the compiler reads it, and the contract below it is run on memoryCallbacks()',
    check: ({ code }) => expect(code).toContain('export function postgresCallbacks('),
  },
  {
    page: 'docs/fleet.md',
    anchor: 'many-hosts-one-login',
    language: 'ts',
    because: 'it needs a Redis',
    instead: 'the compiler reads it, and __test__/redis.spec.ts does the same on real ones',
    check: ({ code }) => expect(code).toContain("from 'tokenkeep/redis'"),
  },
  {
    page: 'docs/fleet.md',
    anchor: 'the-least-rights',
    language: 'text',
    because: 'it is a line of an ACL',
    instead: '__test__/redis.spec.ts connects with it',
    check: ({ code }) => expect(code).toMatch(/^user tokenkeep on >\S+ resetkeys ~tokenkeep:\* /),
  },
  {
    page: 'docs/fleet.md',
    anchor: 'with-docker-compose',
    language: 'yaml',
    because: 'it needs Docker',
    instead: 'it is parsed, and its variables are ours',
    check: ({ code }) => {
      const { services } = load(code) as { services: Record<string, { environment?: Record<string, string> }> }
      for (const name of Object.keys(services['bridge']!.environment!)) expect(VARIABLES).toContain(name)
    },
  },
  {
    page: 'docs/fleet.md',
    anchor: 'in-kubernetes',
    language: 'yaml',
    because: 'it needs a cluster',
    instead: 'it is parsed, and its variables are ours',
    check: ({ code }) => {
      const { spec } = (load(code) as { spec: { template: { spec: Pick<Pod, 'containers'> } } }).spec.template
      for (const { env } of spec.containers) for (const { name } of env) expect(VARIABLES).toContain(name)
    },
  },
]
