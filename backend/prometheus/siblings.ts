import { rmSync } from 'node:fs'
import { readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { AggregatorRegistry, type MetricObject, type Registry } from 'prom-client'

/**
 * Several API processes share one port, so a scrape reaches any of them. Each offers its own numbers on a socket in
 * `directory`, and whoever is scraped answers for all, a series for each process: no counter ever jumps.
 */
export function shareMetrics(directory: string, processName: string, registry: Registry) {
  const socket = join(directory, `${processName}.sock`)
  // A process that was killed leaves its socket behind, and its successor has the same name.
  rmSync(socket, { force: true })
  const server = Bun.serve({
    unix: socket,
    fetch: async () => Response.json(await registry.getMetricsAsJSON()),
  })
  return {
    async scrape(): Promise<string> {
      const names = (await readdir(directory)).filter((name) => name.endsWith('.sock'))
      const all = await Promise.all(names.map((name) => read(join(directory, name))))
      return AggregatorRegistry.aggregate(all.filter((metrics) => metrics !== undefined)).metrics()
    },
    async stop(): Promise<void> {
      await server.stop(true)
      await unlink(socket).catch(() => {})
    },
  }
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
