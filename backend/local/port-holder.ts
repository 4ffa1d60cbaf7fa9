import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { CannotStart } from './cannot-start.ts'
import { commandOf } from './process-identity.ts'

/**
 * Proves that a port can be listened on, on every address of the machine.
 * @throws CannotStart that names the process in the way, where the system tells.
 */
export async function demandPort(port: number, setting?: string): Promise<void> {
  if (await canListen(port)) return
  const pid = holderOf(port)
  const holder = pid ? `pid ${pid}, ${commandOf(pid).slice(0, 60)}` : 'another program'
  throw new CannotStart(
    `Port ${port} is taken (${holder}): end that first${setting ? `, or set ${setting} to another port` : ''}.`,
  )
}

/** A port that nobody uses at this moment. */
export function anyPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port: 0, exclusive: true }, () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

/** Whether a port is free on every address of the machine. */
export async function canListen(port: number): Promise<boolean> {
  const tryHost = (host?: string) =>
    new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', (error) => resolve((error as { code?: string }).code === 'EAFNOSUPPORT'))
      server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
    })
  return (await tryHost('0.0.0.0')) && (await tryHost('127.0.0.1')) && (await tryHost())
}

/** The process that listens on a port, where the system tells. */
export function holderOf(port: number): number | undefined {
  try {
    if (process.platform !== 'linux')
      return (
        Number(
          spawnSync('lsof', ['-ti', `tcp:${port}`, '-sTCP:LISTEN'], { encoding: 'utf8' }).stdout.split(
            '\n',
          )[0],
        ) || undefined
      )
    const wanted = port.toString(16).toUpperCase().padStart(4, '0')
    const sockets = ['/proc/net/tcp', '/proc/net/tcp6']
      .flatMap((table) => readFileSync(table, 'utf8').split('\n'))
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => state === '0A' && local?.endsWith(`:${wanted}`))
      .map((fields) => `socket:[${fields[9]}]`)
    return readdirSync('/proc')
      .map(Number)
      .find((pid) => pid > 0 && linksOf(pid).some((link) => sockets.includes(link)))
  } catch {
    return undefined
  }
}

function linksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((handle) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${handle}`)
      } catch {
        return ''
      }
    })
  } catch {
    return []
  }
}
