#!/usr/bin/env node
import { readArguments, wantsJson } from './arguments'
import type { Asked } from './arguments'
import { help, helpOf, usageOf } from './help'
import { Terminal, UsageError } from './terminal'

declare const require: (id: string) => unknown

const { stdout, stderr, env, argv } = process

const ENDS = ['SIGTERM', 'SIGINT'] as const

let isUnwritten = false

// Whoever reads us may have seen enough (`| head -1`): no reason to fail, nor to end a renewal half way.
stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE' || isUnwritten) return
  isUnwritten = true
  const terminal = new Terminal({ out: stdout, err: stderr, env, json: wantsJson(argv.slice(2)), verbose: false })
  process.exitCode = terminal.fail(new Error(`stdout cannot be written (${code ?? message})`))
})
// There is nowhere left to say it.
stderr.on('error', () => {})

async function main(args: readonly string[]): Promise<number> {
  const terminalOf = (asked: { json: boolean; verbose: boolean }) => new Terminal({ out: stdout, err: stderr, env, ...asked })
  let terminal = terminalOf({ json: wantsJson(args), verbose: false })
  try {
    const asked = readArguments(args)
    terminal = terminalOf(asked)
    return await run(asked, terminal)
  } catch (error) {
    return terminal.fail(error)
  } finally {
    terminal.flush()
  }
}

async function run(asked: Asked, terminal: Terminal): Promise<number> {
  const { command } = asked
  if (asked.version) {
    const { version } = require('../package.json') as { version: string }
    terminal.say(version, { version })
    return 0
  }
  if (asked.help || command === undefined) {
    const text = command === undefined ? help() : helpOf(command)
    terminal.say(text, { help: text })
    return 0
  }
  // Only from here on is the addon needed: help must work where it does not load.
  switch (command.name) {
    case 'demo':
      return (await import('./demo')).demo(terminal)
    case 'watch':
      return runWatch(asked, terminal)
    case 'exec':
      return runExec(asked, terminal)
    default:
      return runOnce(command.name, asked, terminal)
  }
}

async function runOnce(name: string, asked: Asked, terminal: Terminal): Promise<number> {
  const { SESSION_COMMANDS } = await import('./session')
  const { open, reopen } = await import('./account')
  const opened = open(env, terminal)
  const newcomer = () => reopen(env, opened.settings)
  try {
    return await SESSION_COMMANDS[name]!({ ...opened, terminal, stdin: () => process.stdin, positionals: asked.positionals, newcomer })
  } finally {
    await opened.account.close()
  }
}

async function runExec(asked: Asked, terminal: Terminal): Promise<number> {
  const { open } = await import('./account')
  const { exec } = await import('./exec')
  const { account } = open(env, terminal)
  let token: string
  try {
    token = await account.getToken()
  } finally {
    await account.close()
  }
  return exec(asked.rest, token, env, terminal)
}

async function runWatch(asked: Asked, terminal: Terminal): Promise<number> {
  const port = portOf(asked)
  const { open, settingsOf } = await import('./account')
  const { checkWatchable, watch } = await import('./watch')
  checkWatchable(settingsOf(env))
  // A token that is served although its renewal failed would look like a renewal.
  const { account, settings } = open(env, terminal, { serveStale: false })
  const stopping = new AbortController()
  const stop = () => {
    // A renewal that is under way is finished and saved; a second signal does not wait for it.
    for (const signal of ENDS) process.off(signal, stop)
    stopping.abort()
  }
  for (const signal of ENDS) process.on(signal, stop)
  // Its lines are what it is run for.
  stdout.once('error', stop)
  try {
    await watch(account, settings, terminal, stopping.signal, port)
  } finally {
    await account.close()
  }
  return 0
}

function portOf({ values, command }: Asked): number | undefined {
  const { health } = values
  if (health === undefined) return undefined
  const port = /^\d{1,5}$/.test(health) ? Number(health) : NaN
  if (port <= 65_535) return port
  throw new UsageError('--health takes a port, 0 to 65535', usageOf(command!))
}

void main(argv.slice(2)).then((code) => (process.exitCode = isUnwritten ? 1 : code))
