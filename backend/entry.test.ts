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
