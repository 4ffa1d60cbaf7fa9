import { afterAll, expect, test } from 'bun:test'
import { bareMachine } from '../stage/bare-machine.ts'
import { submitTo, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'

const machine = bareMachine()
afterAll(() => machine.remove())
if (machine.notBare) console.log(`not on a bare machine: ${machine.notBare}`)

const limitMs = 180_000
const isRoot = process.getuid?.() === 0

test(
  'on a machine without Postgres, in a home that nobody else may enter and under an odd path, `start` serves the page and keeps a lead',
  async () => {
    const start = machine.run('start')
    let code: number | null | undefined
    void start.ended.then((ended) => {
      code = ended
    })
    try {
      await until(
        'it runs',
        () => {
          if (code !== undefined) throw new Error(`it ended with code ${code}:\n${start.output()}`)
          return start.output().includes('Landfast runs:')
        },
        limitMs,
      )
      const origin = /Landfast runs: (\S+)/.exec(start.output())![1]!
      if (!machine.notBare) expect(start.output()).toContain('Postgres 18 from npm')
      if (!machine.notBare && isRoot) expect(start.output()).toContain('run as user postgres')
      expect((await fetch(`${origin}/api/health`)).status).toBe(200)
      await until('the page is built', () => start.output().includes('The page is built'))
      await until('it is served', async () => (await (await fetch(origin)).text()).includes('data-page='))

      const { status, id } = await submitTo(origin, newPhone())
      expect(status).toBe(202)
      await until('the lead is stored', async () => {
        const { status } = await (await fetch(`${origin}/api/leads/${id}/status`)).json()
        return status === 'stored'
      })
    } finally {
      start.end('SIGINT')
      await start.ended
    }
    expect(code).toBe(0)
  },
  limitMs,
)

test(
  'and `test` starts its servers there, and passes',
  async () => {
    const tests = machine.run('test', '--', 'backend/testing/engines/claims.test.ts')
    const code = await tests.ended
    expect(tests.output()).toContain('0 failed')
    expect(tests.output()).not.toContain('needs servers')
    expect(code).toBe(0)
  },
  limitMs,
)
