import { Problem } from '../../problem.ts'

let isBusy = false

/**
 * To look for a person is to read every store, so that a process does it for one at a time, whichever route asks.
 * @throws Problem `rate_limited`, to whoever comes meanwhile.
 */
export async function alone<T>(look: () => Promise<T>): Promise<T> {
  if (isBusy)
    throw new Problem(
      'rate_limited',
      'Somebody else is being looked for in every store. Try again in a moment.',
      {
        retryAfterS: 5,
      },
    )
  isBusy = true
  try {
    return await look()
  } finally {
    isBusy = false
  }
}
