import { expect, test } from 'bun:test'
import { partEnvironment } from './part-environment.ts'

test('the image starts API and worker as `start` does', async () => {
  const image = await Bun.file(new URL('../../Dockerfile', import.meta.url)).text()
  const [, runtime = ''] = image.split(/ AS runtime\n/)
  const [, set = ''] = /^ENV ((?:.+\\\n)*.+)$/m.exec(runtime) ?? []
  expect(set.split(/[\s\\]+/)).toEqual(
    expect.arrayContaining(Object.entries(partEnvironment).map(([name, value]) => `${name}=${value}`)),
  )
})
