import type { RateLimitDeps } from '../limits/rate-limit.ts'
import { errorFields, type Log } from '../log.ts'

/** Tells the log when a limit is no longer shared between processes, and when it is again. */
export function tellOfShare(log: Log): RateLimitDeps['onShare'] {
  return (state, error) => {
    if (state === 'alone') log.warn('rate_limit.each_process_alone', errorFields(error))
    else log.info('rate_limit.shared_again')
  }
}
