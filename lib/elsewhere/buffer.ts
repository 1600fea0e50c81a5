/** Bytes of a text, and the text of bytes, as far as an environment's variables need them. */
export class Buffer {
  static from(text: string, encoding: 'base64' | 'hex'): Uint8Array & { toString(encoding: 'utf8'): string } {
    const bytes = encoding === 'hex' ? ofHex(text) : ofBase64(text)
    return Object.assign(bytes, { toString: () => new TextDecoder().decode(bytes) })
  }
}

function ofHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** Of either alphabet. What is no base64 is skipped, as Node does. */
function ofBase64(text: string): Uint8Array {
  const plain = text.replace(/-/g, '+').replace(/_/g, '/').replace(/[^A-Za-z0-9+/]/g, '')
  return Uint8Array.from(atob(plain.slice(0, plain.length - (plain.length % 4 === 1 ? 1 : 0))), (char) => char.charCodeAt(0))
}
