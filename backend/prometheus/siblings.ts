import { existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs'
import { readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { AggregatorRegistry, type MetricObject, type Registry } from 'prom-client'
import { errorFields, type Log } from '../log.ts'

const lookMs = 1_000

/**
 * Several API processes share one port, so a scrape reaches any of them. Each offers its own numbers on a socket in
 * `directory`, and whoever is scraped answers for all, a series for each process: no counter ever jumps. The folder is
 * one for temporary files, which others clean: it is made again when it is gone, and the API never needs it.
 */
export function shareMetrics(directory: string, processName: string, registry: Registry, log: Log) {
  const socket = join(directory, `${processName}.sock`)
  let server: Bun.Server<undefined> | undefined
  let cannot = false

  const offer = async () => {
    if (server && existsSync(socket)) return
    await server?.stop(true)
    server = undefined
    try {
      ownFolder(directory)
      // A process that was killed leaves its socket behind, and its successor has the same name.
      rmSync(socket, { force: true })
      server = Bun.serve({
        unix: socket,
        fetch: async () => Response.json(await registry.getMetricsAsJSON()),
      })
      cannot = false
    } catch (error) {
      if (!cannot) log.warn('metrics.not_shared', errorFields(error))
      cannot = true
    }
  }
  const offered = offer()
  const looking = setInterval(() => void offer(), lookMs)
  looking.unref()

  return {
    async scrape(): Promise<string> {
      await offered
      const names = await readdir(directory).catch(() => [])
      const others = names.filter((name) => name.endsWith('.sock') && name !== `${processName}.sock`)
      const told = await Promise.all(others.map((name) => read(join(directory, name))))
      const all = [await registry.getMetricsAsJSON(), ...told.filter((metrics) => metrics !== undefined)]
      return AggregatorRegistry.aggregate(all).metrics()
    },
    async stop(): Promise<void> {
      clearInterval(looking)
      await server?.stop(true)
      await unlink(socket).catch(() => {})
    },
  }
}

// In a folder of somebody else there could be sockets of theirs.
function ownFolder(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const { uid, mode } = lstatSync(directory)
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0) throw new Error(`${directory} is not ours alone`)
}

const siblingDeadlineMs = 1_000

/** Undefined: that process is just starting or gone, and has nothing to tell. */
async function read(socket: string): Promise<MetricObject[] | undefined> {
  try {
    const response = await fetch('http://sibling/', {
      unix: socket,
      signal: AbortSignal.timeout(siblingDeadlineMs),
    })
    return (await response.json()) as MetricObject[]
  } catch {
    return undefined
  }
}
