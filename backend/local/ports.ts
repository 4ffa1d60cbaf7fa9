import { createServer } from 'node:net'
import { CannotStart } from './cannot-start.ts'
import type { DataDir } from './data-dir.ts'

/** Whether nothing listens on a port of the loopback address. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

// Below the ports that systems hand out by themselves (32768 and up on Linux, 49152 on a Mac).
const firstPort = 20_000
const portCount = 10_000

/**
 * The port that a service keeps: the remembered one if it is free, else another, which is remembered from then on.
 * Different data folders begin their search at different ports, so that two of them seldom meet.
 */
export async function choosePort(
  deps: { dataDir: Pick<DataDir, 'path' | 'fact' | 'keepFact'>; free?: (port: number) => Promise<boolean> },
  input: { name: string; avoid?: readonly number[] },
): Promise<number> {
  const { dataDir, free = isFree } = deps
  const fact = `${input.name}.port`
  const remembered = dataDir.fact<number>(fact)
  const start = Number(Bun.hash(`${dataDir.path} ${input.name}`) % BigInt(portCount))
  for (let step = -1; step < 500; step++) {
    const port = step < 0 ? remembered : firstPort + ((start + step) % portCount)
    if (port === undefined || input.avoid?.includes(port) || !(await free(port))) continue
    if (port !== remembered) dataDir.keepFact(fact, port)
    return port
  }
  throw new CannotStart(
    `No free port was found for ${input.name} between ${firstPort} and ${firstPort + portCount}.`,
  )
}
