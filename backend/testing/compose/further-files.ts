import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import type { Scene, Step } from './scene.ts'
import type { Stack } from './stack.ts'

/** What `.env` can name beside the first file of compose: backups, secrets, a pooler and a replica, HTTPS. */
export function furtherFileSteps(stack: Stack, scene: Scene): readonly Step[] {
  return [
    {
      name: 'backups: one is made of what runs, and holds',
      async run() {
        const figures = await scene.allServed(async () => {
          await stack.compose('--profile', 'backup', 'up', '-d', '--no-deps', '--build', 'backup')
          const list = ['exec', '-T', 'backup', 'bun', 'run', '--silent', 'backup', '--list']
          await until(
            'one holds',
            async () => /^\d{4}-/m.test(await stack.compose('--profile', 'backup', ...list)),
            180_000,
          )
        })
        await stack.compose('--profile', 'backup', 'rm', '--stop', '--force', 'backup')
        return figures
      },
    },
    {
      name: 'a backup is put back over what runs: every lead is there, and is known again',
      async run() {
        const phone = newPhone()
        await until('leads are taken', async () => (await submitTo(stack.origin, phone)).status === 202)
        const kept = () => stack.select(`select id from leads where phone = '${phone}'`)
        await until('it is stored', async () => (await kept()).length === 1)
        const count = async () => (await stack.select('select count(*) from leads'))[0]![0]
        const before = await count()
        const backup = ['--profile', 'backup', 'run', '--rm', '-T', 'backup']
        await stack.compose(...backup, 'backup')
        const restore = ['restore', 'latest', '--only', 'postgres', '--replace']
        const startedMs = performance.now()
        await stack.compose(...backup, ...restore)
        const seconds = Math.round((performance.now() - startedMs) / 1000)
        equal(await count(), before)
        await until('leads are taken', async () => (await submitTo(stack.origin, newPhone())).status === 202)
        await until('it is known', async () => (await submitTo(stack.origin, phone)).status === 200)
        await stack.compose(
          ...['exec', '-T', 'worker', 'bun', 'run', '--silent', 'deliveries', 'resume-all', '--yes'],
        )
        return `${before} leads, put back in ${seconds} s`
      },
    },
    {
      name: 'secrets as files: nobody is refused, and no secret is left in `.env`',
      async run() {
        const secret = stack.setting('SECRET_KEY')!
        await stack.must('sh', 'docker/secrets', 'keys')
        ok(!readFileSync(stack.path('.env'), 'utf8').includes(secret))
        const figures = await scene.allServed(scene.update)
        const [api] = await stack.ids('api')
        ok(!(await stack.must('docker', 'inspect', api!)).includes(secret))
        return figures
      },
    },
    {
      name: 'a command that leaves the secrets out is refused before it touches anything',
      async run() {
        const before = await stack.compose('ps', '-aq')
        mkdirSync(stack.path('tls'), { recursive: true })
        const overlays = ['-f', 'docker-compose.yml', '-f', 'docker/compose.tls.yml']
        const { code, said } = await stack.run(
          ...['env', `TLS_DIR=${stack.path('tls')}`, 'docker', 'compose', ...overlays, 'up', '-d'],
        )
        notEqual(code, 0)
        match(said, /compose\.secrets\.yml is left out/)
        equal(await stack.compose('ps', '-aq'), before)
        return ''
      },
    },
    {
      name: 'PgBouncer, a replica, a Redis for the page: added under visitors, and each may be gone for a while',
      async run() {
        const further = ['docker/compose.pooler.yml', 'docker/compose.performance.yml']
        stack.set('COMPOSE_FILE', [stack.setting('COMPOSE_FILE'), ...further].join(':'))
        const added = await scene.allServed(scene.update, { least: 5_000 })
        const numbers = await Promise.all(
          ['api', 'worker'].map(async (each) => (await stack.ids(each)).length),
        )
        deepEqual(numbers, [3, 2])
        const comeFrom = (user: string) =>
          stack.select(`select distinct client_addr from pg_stat_activity where usename = '${user}'`)
        deepEqual(await comeFrom('landfast_worker'), await comeFrom('landfast_api'))
        equal((await comeFrom('landfast_api')).length, 1)
        const following = () => stack.select(`select pid from pg_stat_replication where state = 'streaming'`)
        await until('the replica follows', async () => (await following()).length === 1)
        const gone: string[] = []
        for (const service of ['postgres', 'pgbouncer', 'postgres-replica', 'redis-cache'])
          gone.push(
            await scene.allServed(async () => {
              await stack.compose('restart', service)
              await scene.untilHealthy(service)
            }),
          )
        return [added, ...gone].join('; ')
      },
    },
    {
      name: 'HTTPS by nginx: cookies are secure, the rest is sent there, and a certificate is renewed without a gap',
      async run() {
        const site = `https://127.0.0.1:${stack.ports.https}`
        await certificate()
        const ca = readFileSync(stack.path('tls/fullchain.pem'), 'utf8')
        stack.set('PUBLIC_URL', site)
        stack.set('HTTPS_PORT', `127.0.0.1:${stack.ports.https}`)
        await stack.must('sh', 'docker/tls', 'tls')
        await stack.compose('up', '-d', '--no-deps', 'nginx')
        await scene.untilHealthy('nginx')
        await scene.update()

        const page = await fetch(site, { tls: { ca } })
        match(await page.text(), new RegExp(`<link rel="canonical" href="${site}/`))
        for (const cookie of page.headers.getSetCookie()) match(cookie, /; Secure$/)
        ok(page.headers.getSetCookie().length > 0)
        const plain = (path: string) => fetch(stack.origin + path, { redirect: 'manual' })
        const sent = await plain('/en?utm_source=sms')
        deepEqual([sent.status, sent.headers.get('location')], [308, `${site}/en?utm_source=sms`])
        equal((await plain('/api/health')).status, 200)
        const proofs = stack.path('tls/acme/.well-known/acme-challenge')
        mkdirSync(proofs, { recursive: true })
        writeFileSync(`${proofs}/a-Token_1`, 'proof')
        equal(await (await plain('/.well-known/acme-challenge/a-Token_1')).text(), 'proof')

        await certificate()
        const renewed = readFileSync(stack.path('tls/fullchain.pem'), 'utf8')
        const { ledger, figures } = await scene.amongVisitors(
          () => stack.compose('exec', '-T', 'nginx', 'nginx', '-s', 'reload'),
          { origin: site, ca: `${ca}\n${renewed}` },
        )
        equal(ledger.unanswered, 0, figures)
        equal((await fetch(site, { tls: { ca: renewed } })).status, 200)
        return figures
      },
    },
  ]

  /** One of our own, in place of the one before. */
  async function certificate(): Promise<void> {
    mkdirSync(stack.path('tls'), { recursive: true })
    const names = ['-subj', `/CN=try-${Date.now()}`, '-addext', 'subjectAltName=IP:127.0.0.1']
    const files = ['-keyout', 'tls/privkey.pem', '-out', 'tls/fullchain.pem']
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    await stack.must('openssl', 'req', '-x509', ...key, ...names, ...files)
    chmodSync(stack.path('tls/privkey.pem'), 0o644)
  }
}
