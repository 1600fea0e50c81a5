/**
 * Says where Python's decoder stops at a text that is no JSON, in its words: clients see them in the 400 (contract §1).
 * It is asked only after `JSON.parse` has refused the text.
 */
export function jsonComplaint(text: string): string {
  try {
    new Scan(text).document()
  } catch (stop) {
    if (stop instanceof Complaint) return stop.message
    throw stop
  }
  return at(text, 'Expecting value', 0)
}

class Complaint extends Error {}

class Scan {
  readonly #text: string
  #next = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): void {
    if (this.#text.startsWith('\ufeff')) this.#fail('Unexpected UTF-8 BOM (decode using utf-8-sig)', 0)
    this.#space()
    this.#value()
    this.#space()
    if (this.#next < this.#text.length) this.#fail('Extra data', this.#next)
  }

  #value(): void {
    const start = this.#next
    const character = this.#text[start]
    if (character === '"') return this.#string()
    if (character === '{') return this.#members()
    if (character === '[') return this.#items()
    SCALAR.lastIndex = start
    const scalar = SCALAR.exec(this.#text)?.[0]
    if (scalar === undefined) this.#fail('Expecting value', start)
    // Python reads these three, the REST framework then refuses them, without a position
    if (/^-?[NI]/.test(scalar)) throw new Complaint(`Out of range float values are not JSON compliant: '${scalar}'`)
    this.#next += scalar.length
  }

  #members(): void {
    this.#skip()
    if (this.#take('}')) return
    for (;;) {
      if (this.#text[this.#next] !== '"') this.#fail('Expecting property name enclosed in double quotes', this.#next)
      this.#string()
      this.#space()
      if (!this.#take(':')) this.#fail("Expecting ':' delimiter", this.#next)
      this.#space()
      this.#value()
      this.#space()
      if (this.#take('}')) return
      if (!this.#take(',')) this.#fail("Expecting ',' delimiter", this.#next)
      this.#space()
    }
  }

  #items(): void {
    this.#skip()
    if (this.#take(']')) return
    for (;;) {
      this.#value()
      this.#space()
      if (this.#take(']')) return
      if (!this.#take(',')) this.#fail("Expecting ',' delimiter", this.#next)
      this.#space()
    }
  }

  #string(): void {
    const begin = this.#next
    let position = begin + 1
    for (;;) {
      const character = this.#text[position]
      if (character === undefined) this.#fail('Unterminated string starting at', begin)
      if (character === '"') break
      if (character < ' ') this.#fail('Invalid control character at', position)
      position += character === '\\' ? this.#escape(begin, position + 1) : 1
    }
    this.#next = position + 1
  }

  /** The length of the escape whose letter is at `position`, the backslash included. */
  #escape(begin: number, position: number): number {
    const letter = this.#text[position]
    if (letter === undefined) this.#fail('Unterminated string starting at', begin)
    if (letter !== 'u') {
      if (!'"\\/bfnrt'.includes(letter)) this.#fail('Invalid \\escape', position - 1)
      return 2
    }
    // A quote has to follow somewhere, so four digits at the very end of the text are refused as well
    const digits = this.#text.slice(position + 1, position + 5)
    if (position + 5 >= this.#text.length || !/^[0-9a-f]{4}$/i.test(digits)) this.#fail('Invalid \\uXXXX escape', position)
    return 6
  }

  #skip(): void {
    this.#next += 1
    this.#space()
  }

  #space(): void {
    while (' \t\n\r'.includes(this.#text[this.#next] ?? '.')) this.#next += 1
  }

  #take(character: string): boolean {
    if (this.#text[this.#next] !== character) return false
    this.#next += 1
    return true
  }

  #fail(what: string, position: number): never {
    throw new Complaint(at(this.#text, what, position))
  }
}

const SCALAR = /null|true|false|NaN|-?Infinity|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y

// Python counts characters, JavaScript UTF-16 units.
function at(text: string, what: string, position: number): string {
  const before = text.slice(0, position)
  const line = before.slice(before.lastIndexOf('\n') + 1)
  const lines = before.split('\n').length
  return `${what}: line ${lines} column ${[...line].length + 1} (char ${[...before].length})`
}

/** Says where bytes stop being UTF-8, in Python's words; null: they are. A sequence cut off at the end is no fault there, it is dropped. */
export function utf8Complaint(bytes: Uint8Array): string | null {
  for (let start = 0; start < bytes.length; ) {
    const lead = bytes[start] as number
    if (lead < 0x80) {
      start += 1
      continue
    }
    const length = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0
    if (length === 0) return complaint(bytes, start, start + 1, 'invalid start byte')
    for (let next = start + 1; next < start + length; next += 1) {
      const byte = bytes[next]
      if (byte === undefined) return null
      if (!continues(lead, byte, next === start + 1)) return complaint(bytes, start, next, 'invalid continuation byte')
    }
    start += length
  }
  return null
}

// The second byte's range is narrower after some leads: no overlong forms, no surrogates, nothing beyond U+10FFFF.
function continues(lead: number, byte: number, second: boolean): boolean {
  const low = second && lead === 0xe0 ? 0xa0 : second && lead === 0xf0 ? 0x90 : 0x80
  const high = second && lead === 0xed ? 0x9f : second && lead === 0xf4 ? 0x8f : 0xbf
  return byte >= low && byte <= high
}

function complaint(bytes: Uint8Array, start: number, end: number, why: string): string {
  const what =
    end === start + 1
      ? `byte 0x${(bytes[start] as number).toString(16).padStart(2, '0')} in position ${start}`
      : `bytes in position ${start}-${end - 1}`
  return `'utf-8' codec can't decode ${what}: ${why}`
}
