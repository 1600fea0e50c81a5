// What is asked of several keepers, and what is done to one.
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { SLACK_MS } from './folder'
import { type Answer, complaints, type Keeper } from './keeper'

/** The answers of all, once all are there. */
export async function askAll(keepers: Keeper[], ...args: unknown[]): Promise<Answer[]> {
  await Promise.all(keepers.map(({ ready }) => ready))
  return Promise.all(keepers.map((keeper) => keeper.ask('getToken', ...args)))
}

/** The different values; what is none is there as it is. */
export const valuesOf = (answers: Answer[]) => [...new Set(answers.map((answer) => answer.value ?? JSON.stringify(answer)))]

export const complaintsOf = (keepers: Keeper[]) => keepers.flatMap(complaints).map(({ message }) => message)

/** Stops it, so that what is seen of it is still true when something is done to it. */
export async function freeze(keeper: Keeper): Promise<void> {
  keeper.kill('SIGSTOP')
  await stopped(keeper)
}

/** Waits until it stands still, whoever has stopped it. */
export async function stopped(keeper: Keeper): Promise<void> {
  const state = () => /^State:\s*(\w)/m.exec(readFileSync(`/proc/${keeper.pid}/status`, 'utf8'))?.[1]
  await expect.poll(state, { interval: 1, timeout: SLACK_MS }).toBe('T')
}
