// What a session in Redis saves: the first token of a manager that finds one there, against that of one that has to log in, both on
// loopback, at servers that answer as fast as they can.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Rounds } from '../sides'
import { foundAgainstLoggedIn } from './starts'

export interface RedisResult {
  /** Milliseconds from the call to the token: `tokenkeep` finds it in Redis, `baseline` logs in. */
  firstToken: Rounds
}

const [baseUrl, rounds] = process.argv.slice(2)
const { command, env } = JSON.parse(process.env['BENCH_REDIS']!) as { command: string; env: Record<string, string> }
const { createBaserowJwtManager } = require('../../dist/index.cjs') as typeof import('../../lib/index')
const { redisStore } = require('../../dist/redis.cjs') as typeof import('../../lib/redis')

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tokenkeep-bench-'))
  const port = 20_000 + (process.pid % 10_000)
  const server = spawn(command, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', dir], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  })
  process.once('exit', () => server.kill('SIGKILL'))
  const store = redisStore({ url: `redis://127.0.0.1:${port}` })
  try {
    await listening(port)
    const result: RedisResult = { firstToken: await foundAgainstLoggedIn(createBaserowJwtManager, baseUrl!, store, Number(rounds)) }
    process.send!(result)
  } finally {
    store.close()
    server.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
}

async function listening(port: number): Promise<void> {
  const { connect } = await import('node:net')
  for (let tries = 0; ; tries++) {
    const is = await new Promise<boolean>((resolve) => {
      const probe = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      probe.unref().end()
    })
    if (is) return
    if (tries > 200) throw new Error(`${command} does not listen`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

void main()
