import { expect, test } from 'bun:test'
import { join } from 'node:path'

/** A process that waits to be asked to end, and meets with `fault` first. */
async function runWith(fault: string) {
  const source = `
    import { untilAsked } from ${JSON.stringify(join(import.meta.dir, 'entry.ts'))}
    import { createLog } from ${JSON.stringify(join(import.meta.dir, 'log.ts'))}
    setInterval(() => {}, 1_000)
    untilAsked(createLog({ level: 'info', process: 'test' }), async () => {
      await Bun.sleep(20)
      console.log('drained')
    })
    ${fault}`
  const child = Bun.spawn([process.execPath, '--no-env-file', '-e', source], {
    stdout: 'pipe',
    stderr: 'ignore',
  })
  const said = await new Response(child.stdout).text()
  return { said, code: await child.exited }
}

test.each([
  ['a promise that nobody waits for', `Promise.reject(new Error('no 09121234567'))`],
  ['a callback that throws', `setTimeout(() => { throw new Error('no 09121234567') })`],
  ['what is no error', `setTimeout(() => { throw null })`],
])('%s is logged, and the process drains before it ends', async (_, fault) => {
  const { said, code } = await runWith(fault)
  expect(said).toContain('"event":"process.unforeseen"')
  expect(said).not.toContain('0912')
  expect(said).toContain('drained')
  expect(code).toBe(1)
})

test('a process that is asked to end drains, and ends well', async () => {
  const { said, code } = await runWith(`process.kill(process.pid, 'SIGTERM')`)
  expect(said).toBe('drained\n')
  expect(code).toBe(0)
})

const samples = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://landfast:changeme@127.0.0.1:9/landfast',
  REDIS_URL: 'redis://landfast:foobared@127.0.0.1:9',
  PUBLIC_URL: 'https://promo.example.com',
  SECRET_KEY: '9f3c1a77e0b24d58a6c1',
  RATE_LIMIT_RPM: 'abc',
}

test.each(['api.ts', 'worker.ts'])(
  '%s does not start with any bad setting, names each, and prints no secret',
  async (file) => {
    const child = Bun.spawn([process.execPath, '--no-env-file', join(import.meta.dir, file)], {
      env: { PATH: process.env.PATH, ...samples },
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ])
    expect([await child.exited, out]).toEqual([1, ''])
    for (const name of ['DATABASE_URL', 'REDIS_URL', 'SECRET_KEY', 'RATE_LIMIT_RPM'])
      expect(err).toContain(`  - ${name}`)
    for (const value of ['changeme', 'foobared', '9f3c1a77e0b24d58', 'abc']) expect(err).not.toContain(value)
  },
)
