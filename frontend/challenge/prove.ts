import { type Challenge, type ChallengeDeps, proveBy } from '../api/challenge.ts'
import { solve } from './solve.ts'

/** Fetches a challenge and does its work beside the page. Undefined when that cannot be done now; never throws. */
export const prove = (deps: ChallengeDeps): Promise<string | undefined> => proveBy(deps, solveInWorker)

function solveInWorker(challenge: Challenge): Promise<number | undefined> {
  const here = () => solve(challenge, () => new Promise((resolve) => setTimeout(resolve)))
  return new Promise((resolve) => {
    try {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
      worker.onmessage = ({ data }: MessageEvent<number | undefined>) => {
        worker.terminate()
        resolve(data)
      }
      worker.onerror = () => resolve(here())
      worker.postMessage(challenge)
    } catch {
      resolve(here())
    }
  })
}
