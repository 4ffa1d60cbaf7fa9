import { expect, test } from 'bun:test'
import { examine } from './doctor.ts'

const told = async (env: Record<string, string>) =>
  (await examine({ DATA_DIR: '.data', ...env })).filter(({ what }) => what === 'PUBLIC_URL')

test('an address of this machine at which nobody would listen is told', async () => {
  expect(await told({ PORT: '18765', PUBLIC_URL: 'http://localhost:8000' })).toMatchObject([
    { level: 'note', says: expect.stringContaining('localhost:8000') },
  ])
  expect(await told({ PORT: '18765' })).toEqual([])
  expect(await told({ PORT: '18765', PUBLIC_URL: 'https://promo.example.com' })).toEqual([])
})
