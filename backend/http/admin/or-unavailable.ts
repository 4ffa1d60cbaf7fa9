import { InvalidInput, Problem, unavailable } from '../../problem.ts'

/** What the store rejects with is no fault of a client's: they may come back. */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof InvalidInput || error instanceof Problem) throw error
    throw unavailable('Postgres does not answer. Nothing was changed.', error)
  }
}
