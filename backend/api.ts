import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from './config.ts'
import { configOrExit, exitIfRefused, listenOn, listenOrExit, tellWeaknesses, untilAsked } from './entry.ts'
import { createLog, type Log } from './log.ts'
import { supervise } from './supervise.ts'
import { type ProcessSlot, wireApi } from './wiring/api.ts'

async function serve(config: Config, log: Log, slot?: ProcessSlot): Promise<void> {
  const api = await wireApi(config, log, slot)
  exitIfRefused(api.refusal())
  const app = api.makeApp({ reusePort: slot !== undefined })
  listenOrExit('PORT', config.port, () => app.listen({ port: config.port, ...listenOn(config) }))
  log.info('api.ready', { port: app.server?.port, ackMode: config.ackMode })
  if (slot) endWith(slot.parent)
  untilAsked(log, async () => {
    log.info('api.draining')
    await app.server?.stop()
    await api.stop()
    log.info('api.stopped')
  })
}

const parentCheckMs = 500

/** Without its parent nobody would restart or end this process, and another line would share its port. */
function endWith(parent: number): void {
  setInterval(() => {
    try {
      // Asks only whether it is there.
      process.kill(parent, 0)
    } catch {
      process.kill(process.pid, 'SIGTERM')
    }
  }, parentCheckMs).unref()
}

// The name of a socket has to fit into 104 bytes on a Mac, 108 on Linux.
const longestFolder = 40

function folderForSockets(): string {
  return Buffer.byteLength(tmpdir()) <= longestFolder ? tmpdir() : '/tmp'
}

/** Several processes share the port; the kernel spreads the connections over them. */
async function serveMany(config: Config, log: Log): Promise<void> {
  // They make it themselves, as often as somebody cleans it away.
  const directory = join(folderForSockets(), `landfast-api-${randomUUID()}`)
  const processes = Array.from({ length: config.apiProcesses }, (_, index) =>
    supervise({
      name: `api-${index}`,
      command: [process.execPath, import.meta.path],
      env: { ...process.env, LANDFAST_API_SLOT: `${index}:${process.pid}:${directory}` },
      restart: true,
      giveUpAfter: Number.POSITIVE_INFINITY,
      log: (sentence) => log.warn('api.process', { sentence }),
    }),
  )
  untilAsked(log, async () => {
    await Promise.all(processes.map((each) => each.stop()))
    await rm(directory, { recursive: true, force: true })
  })
}

const config = configOrExit()
const [, index, parent, directory] = /^(\d+):(\d+):(.+)$/.exec(process.env.LANDFAST_API_SLOT ?? '') ?? []
const log = createLog({ level: config.logLevel, process: index ? `api-${index}` : 'api' })
if (!index) tellWeaknesses(config, log)
if (index && directory) await serve(config, log, { index: Number(index), parent: Number(parent), directory })
else if (config.apiProcesses > 1) await serveMany(config, log)
else await serve(config, log)
