import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { isatty } from 'node:tty'
import type { Env } from '../environment/variables'
import type { Terminal } from './terminal'

/** SIGUSR1 is Node's own: it opens the debugger. */
const PASSED_ON: NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']

/** What a terminal sends to everybody in its foreground, the child included. */
const FROM_THE_TERMINAL: NodeJS.Signals[] = ['SIGINT', 'SIGQUIT']

/** Runs a command with the token in its environment. Answers its exit code, as a shell would give it. */
export function exec(command: readonly string[], token: string, env: Env, terminal: Terminal): Promise<number> {
  const [file, ...args] = command as [string, ...string[]]
  terminal.flush()
  if (file === '') {
    terminal.fail(new Error("there is no command ''"))
    return Promise.resolve(127)
  }
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: 'inherit', env: { ...env, TOKENKEEP_TOKEN: token } })
    const listeners = PASSED_ON.map((signal) => {
      // Twice is not the same as once: many programs take a second Ctrl-C for impatience.
      const isTold = isatty(0) && FROM_THE_TERMINAL.includes(signal)
      const pass = () => void (isTold || child.kill(signal))
      process.on(signal, pass)
      return () => process.off(signal, pass)
    })
    const end = (code: number) => {
      for (const stop of listeners) stop()
      resolve(code)
    }
    child.once('error', (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === 'ENOENT'
      terminal.fail(new Error(isMissing ? `there is no command ${file}` : `${file} cannot be run (${error.code ?? error.message})`))
      end(isMissing ? 127 : 126)
    })
    child.once('exit', (code, signal) => end(code ?? 128 + constants.signals[signal!]))
  })
}
