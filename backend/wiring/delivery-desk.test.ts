import { expect, test } from 'bun:test'
import { createLog } from '../log.ts'
import { theCommand } from '../operators/audit.ts'
import { connectPostgres } from '../postgres/connection.ts'
import { wireDeliveryDesk } from './delivery-desk.ts'

const log = createLog({ level: 'error', process: 'test', write() {} })
// Nobody listens there: what is refused is refused before Postgres is asked.
const url = 'postgres://nobody@127.0.0.1:1/nothing'
const deskThatMayReach = (...deliveryAllow: string[]) => {
  const db = connectPostgres({ url, poolMax: 1, applicationName: 'test', log })
  return wireDeliveryDesk({ secretKey: 'k'.repeat(40), deliveryAllow, timeZone: 'UTC' }, db)(theCommand)
}

test('the desk asks the settings of this installation whether an address may be delivered to', async () => {
  const saidOf = (desk: ReturnType<typeof deskThatMayReach>) =>
    desk.add({ name: 'crm', url: 'https://10.0.0.1/leads' }).catch((error) => String(error))
  expect(await saidOf(deskThatMayReach())).toContain('add 10.0.0.1 to DELIVERY_ALLOW')
  expect(await saidOf(deskThatMayReach('10.0.0.0/8'))).toContain('connect')
})
