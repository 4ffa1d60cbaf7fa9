import { spare } from '../spare.ts'

/**
 * Does the work, or rejects once its time is up: also where nothing can be aborted, and whatever stands in the place of
 * `fetch` pays no heed.
 */
export function beforeDeadline<T>(
  timeoutMs: number,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  const deadline = spare(() => new AbortController(), undefined)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('too late'))
      deadline?.abort()
    }, timeoutMs)
    work(deadline?.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}
