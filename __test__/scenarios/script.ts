// The form of a scenario: tests/scenarios/README.md says what it means, schema.json what is well formed.
import { readdirSync, readFileSync } from 'node:fs'
import type { TokenErrorCode } from 'tokenkeep'

export const FOLDER = new URL('../../tests/scenarios/', import.meta.url)

const NO_THEMES = ['schema.json', 'services.json', 'rules.json']

export interface Theme {
  about: string
  scenarios: Scenario[]
}

export interface Scenario {
  name: string
  rule: string
  /** What a build has to have besides. */
  needs?: string[]
  given?: Given
  steps: Step[]
}

export interface Options {
  refreshMarginSeconds?: number | 'auto'
  refresh?: 'on-demand' | 'background'
  ttlSeconds?: number
  timeoutMs?: number
  deadlineMs?: number
  serveStale?: boolean
  retry?: { attempts?: number; baseDelayMs?: number; maxDelayMs?: number }
}

export interface Given {
  provider?: ServiceName
  dropIn?: boolean
  options?: Options
  stored?: boolean
  record?: Kept
  backup?: Kept
  environment?: { token?: string; refresh?: string; expiresInSeconds?: number; account?: string }
  totp?: boolean
  processes?: Record<string, Process>
}

export interface Process {
  besideMe?: boolean
  options?: Options
  dropIn?: boolean
  password?: string
}

export type ServiceName = 'baserow' | 'rotating' | 'machine' | 'seeded'

/** A record, or a backup, as somebody left it in the store. */
export interface Kept {
  token?: string
  refresh?: string
  expiresInSeconds?: number
  savedSecondsAgo?: number
  credential?: 'ours' | 'another' | 'unknown'
  newer?: number
  failure?: { code: TokenErrorCode; status: number; forSeconds: number; told?: boolean }
}

export type Endpoint = 'login' | 'refresh' | 'verify' | 'revoke'

export type Answer = string | AnswerObject

export interface AnswerObject {
  token?: string
  refresh?: string | null
  lives?: number
  mintedSecondsAgo?: number
  opaque?: boolean
  expiresIn?: number
  dateAheadSeconds?: number
  age?: string
  status?: number
  retryAfter?: string
  held?: string
  is?: string
}

/** What is known of something: values, or the least and the most of a number. */
export type Known = { [name: string]: unknown }

/** Of an error: its code alone, or what is known of it. */
export type Fault = string | Known

export type Step = { who?: string; asked?: string[]; warnings?: number; note?: string } & Action

export type Action =
  | ({ do: 'answer' } & { [endpoint in Endpoint]?: Answer | Answer[] })
  | { do: 'server'; is: Answer }
  | { do: 'release'; gate: string }
  | { do: 'getToken'; force?: boolean; times?: number; token?: string; error?: Fault }
  | { do: 'ask'; as: string; force?: boolean }
  | { do: 'answered'; of: string; waiting?: boolean; token?: string; error?: Fault }
  | { do: 'advance'; seconds?: number; ms?: number }
  | { do: 'suspend'; seconds: number }
  | { do: 'setClock'; seconds: number }
  | { do: 'invalidate'; token?: string }
  | { do: 'logout'; error?: Fault; later?: boolean }
  | { do: 'close' }
  | { do: 'peek'; token: string | null }
  | ({ do: 'status' } & Known)
  | { do: 'record'; put?: Kept; removed?: boolean; torn?: boolean }
  | ({ do: 'stored' } & Known)
  | { do: 'store'; is: 'well' | 'unreadable' | 'unwritable' | 'stuck' | 'without locks' }
  | { do: 'lock'; held: boolean }

/** All files of the folder, by what they are about. */
export function themes(): Map<string, Theme> {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json') && !NO_THEMES.includes(name))
  return new Map(names.sort().map((name) => [name.slice(0, -'.json'.length).replaceAll('_', ' '), read(name) as Theme]))
}

export function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))
}
