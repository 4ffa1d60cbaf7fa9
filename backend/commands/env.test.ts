import { expect, test } from 'bun:test'
import { InvalidConfig, readConfig, settings } from '../config.ts'
import { examples, exampleText } from './env.ts'

function valuesOf(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]))
}

const filledIn = {
  DATABASE_URL: 'postgres://landfast:correct-horse@postgres:5432/landfast',
  REDIS_URL: 'redis://redis:6379',
  S3_ACCESS_KEY: 'landfast-media',
  S3_SECRET_KEY: 'correct-horse-battery',
  SECRET_KEY: '9f3c1a77e0b24d58a6c1f09be7d23a45',
}

for (const example of examples) {
  const text = exampleText(example)

  test(`${example.file} holds every setting once, with its explanation above it`, () => {
    expect([...text.matchAll(/^(\w+)=/gm)].map(([, name]) => name!)).toEqual(settings.map(({ name }) => name))
    for (const { name, about } of settings)
      expect(text).toMatch(new RegExp(`^# ${RegExp.escape(about)}.*\n(?:#.*\n)?${name}=`, 'm'))
  })

  test(`${example.file} holds valid settings once its secrets are filled in`, () => {
    expect(() => readConfig({ ...valuesOf(text), ...filledIn })).not.toThrow()
  })

  test(`${example.file} holds no secret`, () => {
    for (const name of ['SECRET_KEY', 'S3_ACCESS_KEY', 'S3_SECRET_KEY', 'DATABASE_URL'])
      expect(valuesOf(text)[name]).toBe('')
  })

  test(`${example.file} changes only settings that exist`, () => {
    const known = settings.map(({ name }) => name)
    expect(Object.keys(example.values).filter((name) => !known.includes(name))).toEqual([])
  })
}

test('the production example does not start before its secrets are filled in', () => {
  const production = examples.find(({ file }) => file === '.env.production.example')!
  expect(() => readConfig(valuesOf(exampleText(production)))).toThrow(InvalidConfig)
})
