import { expect, test } from 'bun:test'
import { textWriter } from './output.ts'

function sinkOf() {
  const written: string[] = []
  const listeners: Record<string, () => void> = {}
  let isOpen = true
  const write = textWriter(
    {
      write(text) {
        written.push(text)
        return isOpen
      },
      on(event, listener) {
        listeners[event] = listener
      },
    },
    (lines) => `lost ${lines}`,
  )
  return {
    write,
    written: () => written.join(''),
    stall() {
      isOpen = false
    },
    /** The reader reads again. */
    drain() {
      isOpen = true
      listeners.drain?.()
    },
    fail: () => listeners.error?.(),
    mend() {
      isOpen = true
    },
  }
}

test('lines wait for a slow reader, in order, and none is lost', () => {
  const sink = sinkOf()
  sink.stall()
  for (const line of ['a', 'b', 'c']) sink.write(line)
  expect(sink.written()).toBe('a\n')
  sink.drain()
  sink.write('d')
  expect(sink.written()).toBe('a\nb\nc\nd\n')
})

test('a reader that stands still costs a megabyte, not all memory, and is told what it missed', () => {
  const sink = sinkOf()
  sink.stall()
  const line = 'x'.repeat(1023)
  for (let count = 0; count < 5_000; count += 1) sink.write(line)
  expect(sink.written().length).toBe(1024)
  sink.drain()
  const lines = sink.written().trimEnd().split('\n')
  const told = Number(/^lost (\d+)$/.exec(lines.find((each) => each.startsWith('lost')) ?? '')?.[1])
  expect(told).toBeGreaterThan(3_900)
  expect(lines.length - 1 + told).toBe(5_000)
})

test('on a full disk lines are lost and counted, and go out again when there is room', () => {
  const sink = sinkOf()
  sink.stall()
  for (const line of ['a', 'b', 'c']) {
    sink.write(line)
    sink.fail()
  }
  sink.mend()
  sink.write('d')
  sink.write('e')
  expect(sink.written()).toEndWith('lost 3\nd\ne\n')
})
