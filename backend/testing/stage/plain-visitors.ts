import { newPhone } from './leads.ts'
import { rawRequest, sendRaw } from './raw-request.ts'

/** Visitors of another address who go on while something else happens, and what they were answered. */
export function plainVisitors(origin: string, headers: readonly string[]) {
  const host = new URL(origin).host
  const statuses: string[] = []
  let going = true
  const visit = async () => {
    while (going) {
      const phone = newPhone()
      const lead = rawRequest({ target: '/api/leads', host, method: 'POST', body: JSON.stringify({ phone }) })
      const page = rawRequest({ target: '/', host, headers })
      const [taken, shown] = await Promise.all([
        sendRaw(origin, lead, { from: '127.0.0.2' }),
        sendRaw(origin, page, { from: '127.0.0.2' }),
      ])
      statuses.push(`${taken.status} ${shown.status}`)
      await Bun.sleep(50)
    }
  }
  const visiting = visit()
  return {
    /** Each as the status of a submission and that of the page. */
    async end(): Promise<readonly string[]> {
      going = false
      await visiting
      return statuses
    },
  }
}
