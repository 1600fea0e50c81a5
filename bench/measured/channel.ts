// How a measured process answers the one that started it.

/** Sends what `work` brings and ends. Ends too when the parent is gone, so that nothing is left behind. */
export function answer(work: (task: string[]) => Promise<unknown>): void {
  process.once('disconnect', () => process.exit())
  void work(process.argv.slice(2)).then((result) => process.send!(result, () => process.exit()))
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
