import { equal, ok } from 'node:assert/strict'
import type { Scene, Step } from './scene.ts'
import type { Stack } from './stack.ts'

/** Services that restart, are made anew, die, and become more. */
export const serviceSteps = (stack: Stack, scene: Scene): readonly Step[] => [
  ...(['redis', 'postgres', 'worker', 'mongo', 'minio'] as const).map((service) => ({
    name: `restart ${service}: nobody is refused`,
    run: () =>
      scene.allServed(async () => {
        await stack.compose('restart', service)
        await scene.untilHealthy(service)
      }),
  })),
  ...(['redis', 'postgres', 'worker'] as const).map((service) => ({
    name: `recreate ${service}: nobody is refused`,
    run: () =>
      scene.allServed(async () => {
        await stack.compose('up', '-d', '--no-deps', '--force-recreate', service)
        await scene.untilHealthy(service)
      }),
  })),
  ...(['api', 'nginx'] as const).map((service) => ({
    name: `restart and recreate ${service} at once: what was answered 202 is there`,
    run: async () => {
      const { figures } = await scene.amongVisitors(async () => {
        await stack.compose('restart', service)
        await scene.untilHealthy(service)
        await stack.compose('up', '-d', '--no-deps', '--force-recreate', service)
        await scene.untilHealthy(service)
      })
      return figures
    },
  })),
  {
    name: 'kill one API: only those that it was answering are refused',
    async run() {
      const [one] = await stack.ids('api')
      const { ledger, figures } = await scene.amongVisitors(() => stack.must('docker', 'kill', one!))
      await stack.must('docker', 'start', one!)
      // What was on its way to it may have been taken, so it is not sent again: a moment's visitors.
      ok(ledger.unanswered < 30, figures)
      await scene.untilHealthy('api')
      return figures
    },
  },
  {
    name: 'scale api=3 worker=2: nginx finds them, without a restart',
    async run() {
      const ask = "console.log(await (await fetch('http://127.0.0.1:8000/metrics')).text())"
      const answeredBy = async (id: string) => {
        const metrics = await stack.must('docker', 'exec', id, 'bun', '-e', ask)
        return [...metrics.matchAll(/^lead_submissions_total\S* (\d+)/gm)].reduce(
          (sum, [, n]) => sum + Number(n),
          0,
        )
      }
      const figures = await scene.allServed(
        async () => {
          await stack.compose(
            'up',
            '-d',
            '--no-recreate',
            '--scale',
            'api=3',
            '--scale',
            'worker=2',
            'api',
            'worker',
          )
          await scene.untilAllHealthy()
        },
        { least: 1_500 },
      )
      const apis = await stack.ids('api')
      equal(apis.length, 3)
      equal((await stack.ids('worker')).length, 2)
      const answered = await Promise.all(apis.map(answeredBy))
      ok(
        answered.every((number) => number > 0),
        answered.join(', '),
      )
      await stack.compose('up', '-d', '--no-recreate', 'api', 'worker')
      return `${figures}, answered by ${answered.join(', ')}`
    },
  },
]
