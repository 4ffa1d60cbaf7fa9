import { deepEqual, equal, match } from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Scene, Step } from './scene.ts'
import type { Stack } from './stack.ts'

/** Other versions and other settings, by `docker/update`. */
export const updateSteps = (stack: Stack, scene: Scene): readonly Step[] => [
  {
    name: 'update to another version: nobody is refused',
    async run() {
      const before = await scene.ofOurs()
      stack.set('LANDFAST_VERSION', 'try-2')
      const figures = await scene.allServed(scene.update, { least: 5_000 })
      const after = await scene.ofOurs()
      deepEqual(
        after.filter((id) => before.includes(id)),
        [],
      )
      equal(after.length, before.length)
      return figures
    },
  },
  {
    name: 'back to the version before: nobody is refused',
    async run() {
      const before = await scene.ofOurs()
      stack.set('LANDFAST_VERSION', 'try-1')
      const figures = await scene.allServed(() => stack.must('sh', 'docker/update', '--back'), {
        least: 3_000,
      })
      const after = await scene.ofOurs()
      deepEqual([after.length, after.filter((id) => before.includes(id))], [before.length, []])
      return figures
    },
  },
  ...['api', 'worker'].map((entry) => ({
    name: `update to a version whose ${entry} is broken: what ran goes on, and nobody is refused`,
    async run() {
      const before = await scene.ofOurs()
      const source = readFileSync(stack.path(`backend/${entry}.ts`), 'utf8')
      writeFileSync(stack.path(`backend/${entry}.ts`), 'console.log("broken")\nprocess.exit(1)\n')
      try {
        const figures = await scene.allServed(
          async () => {
            const { code, said } = await stack.run('sh', 'docker/update')
            equal(code, 1, said)
            match(said, /What ran before goes on/)
          },
          { least: entry === 'api' ? 5_000 : 300 },
        )
        deepEqual(await scene.ofOurs(), before)
        return figures
      } finally {
        writeFileSync(stack.path(`backend/${entry}.ts`), source)
      }
    },
  })),
  {
    name: 'update with a mistyped setting: it is named, and nothing is touched',
    async run() {
      const before = await stack.compose('ps', '-aq')
      stack.set('RATE_LIMIT_RPM', 'abc')
      try {
        const figures = await scene.allServed(async () => {
          const { code, said } = await stack.run('sh', 'docker/update')
          equal(code, 1, said)
          match(said, /RATE_LIMIT_RPM must be a whole number/)
        })
        equal(await stack.compose('ps', '-aq'), before)
        return figures
      } finally {
        stack.set('RATE_LIMIT_RPM', '0')
      }
    },
  },
]
