import type pg from 'pg'

/** What was committed is on one machine: the wait for the standby that has to have it as well was ended by somebody. */
class OnOneMachine extends Error {
  readonly code = onOneMachine
}

// Of our own: Postgres takes this for a success.
export const onOneMachine = 'LF002'

// Whoever says so: the words are those of the server's language.
const whoWaits = 'SyncRepWaitForLSN'

/**
 * Has a query of this connection reject where its commit came back with no more than a warning that no standby may have it. Done
 * again it waits anew, if it writes anything.
 */
export function refuseOneMachine(client: pg.PoolClient): void {
  let isWarned = false
  client.on('notice', ({ routine }) => {
    isWarned ||= routine === whoWaits
  })
  const query = client.query.bind(client) as (...args: readonly unknown[]) => unknown
  const confirmed = <Result>(result: Result): Result => {
    if (!isWarned) return result
    isWarned = false
    throw new OnOneMachine('one Postgres has it, and its wait for a standby was cancelled')
  }
  client.query = ((...args: readonly unknown[]) => {
    const asked = query(...args)
    return asked instanceof Promise ? asked.then(confirmed) : asked
  }) as typeof client.query
}
