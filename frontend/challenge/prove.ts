import { type Challenge, type ChallengeDeps, proveBy } from '../api/challenge.ts'
import { solveNatively } from './solve-natively.ts'

/** Fetches a challenge and does its work beside the page. Undefined when that cannot be done now; never throws. */
export const prove = (deps: ChallengeDeps): Promise<string | undefined> => proveBy(deps, solveInWorker)

function solveInWorker(challenge: Challenge): Promise<number | undefined> {
  // A page that is open over a release finds no file of its build, and browsers grant none of this without HTTPS.
  const here = () => solveNatively(challenge).catch(() => undefined)
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
