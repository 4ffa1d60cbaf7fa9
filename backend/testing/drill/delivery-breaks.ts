import { sql } from 'kysely'
import { attemptsMax } from '../../deliveries/retry.ts'
import { type Break, type Broken, submit } from './broken.ts'

export const deliveryBreaks: readonly Break[] = [
  {
    alerts: ['DeliveriesWaitForLong'],
    how: 'a receiver fails (5 s for five minutes)',
    once: (on) => receiverSays(on, 500),
    again: submit,
  },
  {
    alerts: ['DeliveryEndpointParked'],
    how: 'a receiver says that it is gone',
    once: (on) => receiverSays(on, 410),
    again: submit,
  },
  {
    alerts: ['DeliveriesParked'],
    how: 'a receiver failed eleven times, and fails once more (now for three days)',
    once: (on) => receiverSays(on, 500),
    async again(on) {
      await submit(on)
      await sql`
        update deliveries set attempts = ${attemptsMax - 1}, next_attempt_at = now()
        where state = 'waiting' and attempts between 1 and ${attemptsMax - 2}`.execute(on.db)
    },
  },
]

/** An endpoint whose receiver says nothing else. */
async function receiverSays(on: Broken, status: number): Promise<void> {
  const receiver = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('', { status }) })
  const name = `says-${status}`
  await on.run('deliveries.ts', 'add', name, `http://127.0.0.1:${receiver.port}/`)
  on.after(async () => {
    await on.run('deliveries.ts', 'remove', name, '--yes')
    await receiver.stop(true)
  })
}
