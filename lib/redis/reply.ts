/** What a script answered: a word, and what there is to it. */
export type Reply = [what: string, ...more: string[]]

/** Clients give texts, or bytes when they are told to. */
export function replyOf(answer: unknown): Reply {
  if (Array.isArray(answer) && answer.length > 0) {
    const texts = answer.map(textOf)
    if (texts.every((each) => each !== undefined)) return texts as unknown as Reply
  }
  throw new Error('the client answered something that no script of tokenkeep answers')
}

function textOf(item: unknown): string | undefined {
  if (typeof item === 'string') return item
  return item instanceof Uint8Array ? Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString('utf8') : undefined
}

/** The text of a look at a record, `null` where nothing is. */
export function textIn([what, text]: string[], key: string): string | null {
  if (what === 'record' && text !== undefined) return text
  if (what === 'nothing') return null
  throw foreign(key)
}

/** Somebody else's, or what is left of ours. Whose it is nobody can say, so it stays. */
export function foreign(key: string): Error {
  return new Error(`what lies under ${key} was not put there by tokenkeep: delete it, or use another keyPrefix`)
}
