import { expect, test } from 'bun:test'
import { readArguments } from './arguments.ts'

test('`dev` serves its page on 5173 for this machine, unless told otherwise', () => {
  expect(readArguments([])).toEqual({ help: false })
  expect(readArguments(['--dev'])).toEqual({ help: false, dev: { port: 5173 } })
  expect(readArguments(['--dev', '--port', '6000'])).toEqual({ help: false, dev: { port: 6000 } })
  expect(readArguments(['--dev', '--port=6000', '--host'])).toEqual({
    help: false,
    dev: { port: 6000, host: '0.0.0.0' },
  })
  expect(readArguments(['--dev', '--host', '192.168.1.5', '--port', '6000']).dev).toEqual({
    port: 6000,
    host: '192.168.1.5',
  })
  expect(readArguments(['--dev', '--host', '--port', '1']).dev).toEqual({ port: 1, host: '0.0.0.0' })
})

test.each([
  [['--prot', '1'], /--prot/],
  [['--dev', '--port'], /--port/],
  [['--dev', '--port', 'x'], '--port must be a whole number from 1 to 65535'],
  [['--dev', '--port', '65536'], '--port must be a whole number from 1 to 65535'],
  [['--dev', 'x'], /'x'/],
  [['--host'], 'LISTEN_ADDRESS and PORT say where "start" listens'],
  [['--port', '80'], 'LISTEN_ADDRESS and PORT say where "start" listens'],
])('%p is told to mean nothing', (args, sentence) => {
  expect(() => readArguments(args)).toThrow(sentence)
})
