import { equal, match } from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import type { Scene, Step } from './scene.ts'
import { type Stack, services } from './stack.ts'

const receiver = 'backend/testing/compose/receiver.yml'
// Whatever means something to a shell, to compose, or within an address.
const oddPassword = (store: string) => `'${store} $HOME \${no} #1 @:/?&%41 "q" \\ end'`

/** Up, a lead on its whole way, down and up again. */
export function wholeSteps(stack: Stack, scene: Scene): readonly [up: Step, lead: Step, down: Step] {
  const delivered = async () => {
    const count = "console.log(await (await fetch('http://127.0.0.1:9999')).text())"
    return Number(await stack.compose('exec', '-T', 'receiver', 'bun', '-e', count))
  }

  return [
    {
      name: 'up: `.env.example`, `docker/secrets` and one command, with odd values in `.env`',
      isNeeded: true,
      async run() {
        copyFileSync(stack.path('.env.example'), stack.path('.env'))
        for (const name of ['POSTGRES', 'POSTGRES_API', 'POSTGRES_WORKER', 'REDIS', 'MONGO', 'MONGO_ROOT'])
          stack.set(`${name}_PASSWORD`, oddPassword(name))
        stack.set('HTTP_PORT', `127.0.0.1:${stack.ports.http}`)
        stack.set('PUBLIC_URL', stack.origin)
        stack.set('LANDFAST_VERSION', 'try-1')
        stack.set('RATE_LIMIT_RPM', '0')
        stack.set('EVENT_TYPES', '"video_play, form_seen"')
        stack.set('DELIVERY_ALLOW', 'receiver')
        stack.set('COMPOSE_FILE', stack.composeFiles(receiver))
        await stack.must('sh', 'docker/secrets')
        await scene.update()
        await scene.untilAllHealthy()
        return services.join(' ')
      },
    },
    {
      name: 'a lead is stored and delivered',
      async run() {
        const worker = ['exec', '-T', 'worker', 'bun', 'run', '--silent', 'deliveries']
        await stack.compose(...worker, 'add', 'crm', 'http://receiver:9999/leads')
        const page = await fetch(stack.origin)
        match(await page.text(), new RegExp(`<link rel="canonical" href="${stack.origin}/`))
        const { status, id } = await submitTo(stack.origin, newPhone())
        equal(status, 202)
        await until(
          'it is stored',
          async () => (await stack.select(`select id from leads where id = '${id}'`)).length === 1,
        )
        await until('it is delivered', async () => (await delivered()) >= 1)
        return ''
      },
    },
    {
      name: 'down and up: every lead is there, and a phone is known again',
      isNeeded: true,
      async run() {
        const phone = newPhone()
        equal((await submitTo(stack.origin, phone)).status, 202)
        await until(
          'it is stored',
          async () => (await stack.select(`select id from leads where phone = '${phone}'`)).length === 1,
        )
        const count = async () => (await stack.select('select count(*) from leads'))[0]![0]
        const before = await count()
        await stack.compose('down', '--timeout', '30')
        await scene.update()
        await scene.untilAllHealthy()
        equal(await count(), before)
        equal((await submitTo(stack.origin, phone)).status, 200)
        return `${before} leads, ${await scene.everyPromise()}`
      },
    },
  ]
}
