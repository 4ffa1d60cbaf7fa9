import { expect, test } from 'bun:test'
import { deviceOf } from '../../outbox/device.ts'
import { storageInMemory } from '../../outbox/storage-in-memory.ts'
import { createMemory, type Told, toldForMs } from './told.ts'

const told: Told = { name: 'thanks', shown: '07700 900 123', phone: '07700900123', key: 'k1' }

function setUp() {
  const storage = storageInMemory()
  let nowMs = 1_800_000_000_000
  const device = deviceOf(() => storage)
  return { ...storage, memory: createMemory(device, () => nowMs), pass: (ms: number) => (nowMs += ms) }
}

test('what a visitor was told is remembered for three days, however often the page is opened, and gone after', () => {
  const { memory, pass, items } = setUp()
  memory.write(told)
  pass(toldForMs / 2)
  expect(memory.read()).toMatchObject(told)
  pass(toldForMs / 2)
  expect(memory.read()).toMatchObject(told)
  pass(1)
  expect(memory.read()).toBeUndefined()
  expect(items.size).toBe(0)
})

test('nothing of it stays once the visitor sends another number', () => {
  const { memory, items } = setUp()
  memory.write(told)
  memory.forget()
  expect([memory.read(), items.size]).toEqual([undefined, 0])
})

test.each(['', 'null', '7', '{"name":"thanks"}', JSON.stringify({ ...told, name: 'no', atMs: 1 })])(
  'what is not of ours is nothing: %p',
  (text) => {
    const { memory, setItem } = setUp()
    setItem('landfast.told', text)
    expect(memory.read()).toBeUndefined()
  },
)
