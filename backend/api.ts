import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from './config.ts'
import { configOrExit, exitIfRefused, untilAsked } from './entry.ts'
import { createLog, type Log } from './log.ts'
import { supervise } from './supervise.ts'
import { type ProcessSlot, wireApi } from './wiring.ts'

async function serve(config: Config, log: Log, slot?: ProcessSlot): Promise<void> {
  const api = await wireApi(config, log, slot)
  exitIfRefused(api.refusal())
  const app = api.makeApp({ reusePort: slot !== undefined })
  try {
    app.listen(config.port)
  } catch (error) {
    console.error(
      (error as { code?: string }).code === 'EADDRINUSE'
        ? `Port ${config.port} is in use. Stop what listens there, or set PORT to another.`
        : `The API cannot listen on port ${config.port}: ${(error as Error).message}`,
    )
    process.exit(1)
  }
  log.info('api.ready', { port: app.server?.port, ackMode: config.ackMode })
  untilAsked(async () => {
    log.info('api.draining')
    await app.server?.stop()
    await api.stop()
    log.info('api.stopped')
  })
}

/** Several processes share the port; the kernel spreads the connections over them. */
async function serveMany(config: Config, log: Log): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'landfast-api-'))
  const processes = Array.from({ length: config.apiProcesses }, (_, index) =>
    supervise({
      name: `api-${index}`,
      command: [process.execPath, import.meta.path],
      env: { ...process.env, LANDFAST_API_SLOT: `${index}:${directory}` },
      restart: true,
      giveUpAfter: Number.POSITIVE_INFINITY,
      log: (sentence) => log.warn('api.process', { sentence }),
    }),
  )
  untilAsked(async () => {
    await Promise.all(processes.map((each) => each.stop()))
    await rm(directory, { recursive: true, force: true })
  })
}

const config = configOrExit()
const [index, directory] = process.env.LANDFAST_API_SLOT?.split(/:(.*)/s) ?? []
const log = createLog({ level: config.logLevel, process: index ? `api-${index}` : 'api' })
if (index && directory) await serve(config, log, { index: Number(index), directory })
else if (config.apiProcesses > 1) await serveMany(config, log)
else await serve(config, log)
