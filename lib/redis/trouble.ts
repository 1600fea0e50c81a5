/** What an answer of Redis means to the person who has to do something about it. */
const ADVICE: [RegExp, string][] = [
  [/^NOAUTH\b/, 'it wants a password'],
  [/^WRONGPASS\b/, 'it refuses the user name or the password'],
  [/\bNOPERM\b|\bcan't access\b|\bno permissions\b/, 'its ACL does not allow this: docs/fleet.md has the rights that are needed'],
  [/\bREADONLY\b/, 'it is a replica that only reads: connect to the master, through Sentinel or Cluster'],
  [/\bWRONGTYPE\b/, 'what lies under the key was not put there by tokenkeep: delete it, or use another keyPrefix'],
  [/^(MOVED|ASK|CROSSSLOT)\b/, 'it is part of a Cluster: give redisStore() a client of your own'],
  [/unknown command.*\bEVAL\b/i, 'it runs no scripts'],
  [/\bOOM\b/, 'it is full: raise maxmemory, or use a Redis of its own'],
  [/\bMISCONF\b/, 'it cannot write to its disk, and takes no writes meanwhile'],
  [/\bNOREPLICAS\b/, 'it has too few replicas (min-replicas-to-write), and takes no writes meanwhile'],
  [/\bMASTERDOWN\b|\bCLUSTERDOWN\b|\bLOADING\b|\bTRYAGAIN\b/, 'it is not ready'],
]

const LONGEST = 160

/**
 * An error for the log. Without the one that it is about: those of the clients carry the whole command, tokens included, beside
 * their message.
 */
export function troubleOf(error: unknown): Error {
  const said = wordsOf(error)
  const advice = ADVICE.find(([pattern]) => pattern.test(said))?.[1]
  // The first word is what Redis calls it; the rest may quote what it was given.
  return new Error(advice === undefined ? said : `${/[A-Z]{3,}/.exec(said)?.[0] ?? 'error'}: ${advice}`)
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, LONGEST)
  // Node tries several addresses at once, and says nothing of its own about it.
  const inner = error instanceof AggregateError && error.message === '' ? error.errors.find((each) => each instanceof Error) : undefined
  const { message, name } = (inner ?? error) as Error
  return (message || (error as NodeJS.ErrnoException).code || name).split('\n')[0]!.slice(0, LONGEST)
}

/** Was it the way to Redis that failed? What Redis itself answers begins with a word in capitals, and has no code of the system. */
export function isLost(error: unknown): boolean {
  const hasCode = error instanceof Error && 'code' in error && typeof error.code === 'string'
  return hasCode || !/^-?[A-Z]{3,} /.test(wordsOf(error))
}
