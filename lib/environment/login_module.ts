import { statSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { CustomOptions } from '../api'
import { TokenError } from '../errors'

type Login = CustomOptions['login']

export function isModule(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/** The login that a module exports. It is loaded by the first login: whoever only looks at what is stored needs nothing of it. */
export function loginIn(path: string): Login {
  return async (context) => {
    const { login } = (await import(pathToFileURL(path).href)) as { login?: unknown }
    if (typeof login === 'function') return (login as Login)(context)
    throw new TokenError({ code: 'INVALID_OPTION', message: `${path} exports no function named login` })
  }
}
