// What a behaviour claims. No runtime brings the same.

export function equal(actual, expected, what = 'it') {
  const [is, was] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (is !== was) throw new Error(`${what} is ${is}, not ${was}`)
}

export function ok(holds, words) {
  if (!holds) throw new Error(words)
}

/** What a promise is rejected with, or a function throws. */
export async function failure(work) {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    return error
  }
  throw new Error('it succeeded, and was to fail')
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Waits for what comes by itself. */
export async function until(holds, words, withinMs = 10_000) {
  const end = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${words}: not within ${withinMs} ms`)
    await sleep(50)
  }
}

/** What a JWT says of itself. */
export function claimsOf(token) {
  return JSON.parse(atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')))
}
