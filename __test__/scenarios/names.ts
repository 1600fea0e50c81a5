// The tokens of a scenario, by the names that it gives them.

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

let serial = 0

export class Names {
  readonly #texts = new Map<string, string>()

  /** Both are seconds. */
  minted(kind: 'access' | 'refresh', name: string, issuedAt: number, lifetime: number): string {
    const claims = { token_type: kind, iat: issuedAt, exp: issuedAt + lifetime, jti: `${++serial}` }
    return this.named(name, () => `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}.${encoded('nobody verifies it')}`)
  }

  /** One that says nothing about itself. */
  opaque(name: string): string {
    return this.named(name, () => `opaque-${++serial}`)
  }

  named(name: string, make: () => string): string {
    let text = this.#texts.get(name)
    if (text === undefined) this.#texts.set(name, (text = make()))
    return text
  }

  text(name: string): string {
    const text = this.#texts.get(name)
    if (text === undefined) throw new Error(`nobody has seen the token ${name} yet`)
    return text
  }

  /** The name of a text; of none, null. */
  name(text: string | null | undefined): string | null {
    if (text === null || text === undefined) return null
    for (const [name, known] of this.#texts) if (known === text) return name
    return 'a token without a name'
  }
}
