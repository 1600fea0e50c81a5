import { json, type Answer } from './answers'
import type { Payload } from './payload'
import { isEmailAddress, normaliseEmail, trim } from './text'

interface Problem {
  readonly error: string
  readonly code: string
}

const REQUIRED: Problem = { error: 'This field is required.', code: 'required' }
const NULL: Problem = { error: 'This field may not be null.', code: 'null' }
const BLANK: Problem = { error: 'This field may not be blank.', code: 'blank' }
const NOT_TEXT: Problem = { error: 'Not a valid string.', code: 'invalid' }
const NUL: Problem = { error: 'Null characters are not allowed.', code: 'null_characters_not_allowed' }
const NOT_EMAIL: Problem = { error: 'Enter a valid email address.', code: 'invalid' }

/** The fields of one request body; asking for one notes what is wrong with it, and all problems are reported together. */
export class Fields {
  readonly #values: Record<string, unknown>
  readonly #problems: Record<string, Problem> = {}

  readonly #nullIsMissing: boolean

  /** `nullIsMissing`: a null counts as a field that is not there, as token-blacklist was seen to do (contract §3). */
  constructor({ data, text }: Payload, nullIsMissing = false) {
    this.#nullIsMissing = nullIsMissing
    const isObject = typeof data === 'object' && data !== null && !Array.isArray(data)
    this.#values = isObject ? (data as Record<string, unknown>) : {}
    if (data === null) this.#problems['non_field_errors'] = { error: 'No data provided', code: 'null' }
    else if (!isObject) {
      const error = `Invalid data. Expected a dictionary, but got ${pythonType(data, text)}.`
      this.#problems['non_field_errors'] = { error, code: 'invalid' }
    }
  }

  /** A text, trimmed; a number counts as its digits (contract §1). Empty when it is missing or wrong, which is then noted. */
  text(name: string): string {
    return this.#text(name, true) ?? ''
  }

  /** As `text()`, but it may be missing. */
  optionalText(name: string): string | undefined {
    return this.#text(name, false)
  }

  /** An e-mail address, as it was sent but for the trimming; empty when it is missing or wrong, which is then noted. */
  email(name: string): string {
    return this.#email(name, this.#text(name, true)) ?? ''
  }

  /** As `email()`, but it may be missing. */
  optionalEmail(name: string): string | undefined {
    return this.#email(name, this.#text(name, false))
  }

  /** The 400 for a field that is missing only in the light of others. */
  static missing(name: string): Answer {
    return json(400, { [name]: [REQUIRED.error] })
  }

  /** Notes what is wrong with the fields taken together, as 1.12 and before do (contract §8). */
  static nonFieldError(error: string): Answer {
    return json(400, { non_field_errors: [error] })
  }

  /** The 400 for the problems noted, if any: `{"<field>":["text"]}`. */
  get refusal(): Answer | undefined {
    return this.#refusal((problems) => problems.map(([name, { error }]) => [name, [error]]))
  }

  /** The same in the form of the endpoints that check their body with Baserow's own decorator (contract §3). */
  get wrappedRefusal(): Answer | undefined {
    const inner = this.#refusal((problems) => problems.map(([name, problem]) => [name, [problem]]))
    return inner && json(400, `{"error":"ERROR_REQUEST_BODY_VALIDATION","detail":${inner.body}}`)
  }

  #text(name: string, required: boolean): string | undefined {
    if ('non_field_errors' in this.#problems) return undefined
    if (!Object.hasOwn(this.#values, name)) return required ? this.#note(name, REQUIRED) : undefined
    const value = this.#values[name]
    if (value === null) return this.#note(name, this.#nullIsMissing ? REQUIRED : NULL)
    if (typeof value !== 'string' && typeof value !== 'number') return this.#note(name, NOT_TEXT)
    const text = trim(String(value))
    if (text === '') return this.#note(name, BLANK)
    return text.includes('\0') ? this.#note(name, NUL) : text
  }

  #email(name: string, text: string | undefined): string | undefined {
    return text === undefined || isEmailAddress(normaliseEmail(text)) ? text : this.#note(name, NOT_EMAIL)
  }

  #refusal(form: (problems: [string, Problem][]) => [string, unknown][]): Answer | undefined {
    const problems = Object.entries(this.#problems)
    return problems.length === 0 ? undefined : json(400, Object.fromEntries(form(problems)))
  }

  #note(name: string, problem: Problem): undefined {
    this.#problems[name] = problem
  }
}

function pythonType(data: unknown, text: string): string {
  if (Array.isArray(data)) return 'list'
  if (typeof data === 'string') return 'str'
  if (typeof data === 'boolean') return 'bool'
  return /[.eE]/.test(text) ? 'float' : 'int'
}
