// What Python and Django count as white space and as an e-mail address; JavaScript's `trim()` differs in a few characters.
const SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const ENDS = new RegExp(`^${SPACE}+|${SPACE}+$`, 'g')
const GAPS = new RegExp(`${SPACE}+`)

/** Removes white space from both ends, as every text field does (contract §1). */
export function trim(text: string): string {
  return text.replace(ENDS, '')
}

/** Splits at white space, as Python's `split()` does. */
export function words(text: string): string[] {
  const trimmed = trim(text)
  return trimmed === '' ? [] : trimmed.split(GAPS)
}

/** NFKC, trimmed, lower case (contract §1). */
export function normaliseEmail(email: string): string {
  return trim(email.normalize('NFKC')).toLowerCase()
}

const DOT_ATOM = /^[-!#$%&'*+/=?^_`{}|~0-9a-z]+(?:\.[-!#$%&'*+/=?^_`{}|~0-9a-z]+)*$/i
const QUOTED = /^"(?:[\x01-\x08\x0b\x0c\x0e-\x1f!#-[\]-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*"$/
const LABEL = '[a-z0-9\\u00a1-\\uffff](?:[a-z0-9\\u00a1-\\uffff-]{0,61}[a-z0-9\\u00a1-\\uffff])?'
const DOMAIN = new RegExp(`^(?:${LABEL}\\.)+(?!-)[a-z0-9\\u00a1-\\uffff-]{1,62}[a-z0-9\\u00a1-\\uffff]$`, 'i')
const LITERAL = /^\[[0-9a-f:.]+\]$/i

/** Accepts what Django's check of e-mail addresses accepts. */
export function isEmailAddress(text: string): boolean {
  const at = text.lastIndexOf('@')
  if (at <= 0 || text.length > 320) return false
  const local = text.slice(0, at)
  const domain = text.slice(at + 1)
  if (!DOT_ATOM.test(local) && !QUOTED.test(local)) return false
  return domain === 'localhost' || DOMAIN.test(domain) || LITERAL.test(domain)
}
