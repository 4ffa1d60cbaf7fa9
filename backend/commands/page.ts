import { createLog, errorFields } from '../log.ts'
import { redisForCommands, refusedBecause } from '../redis/connection.ts'
import { createPageCache } from '../redis/page-cache.ts'
import { CommandFault, runCommand } from './command.ts'
import { settingsWithoutLeads } from './settings.ts'

const usage = `
Usage: bun run page:flush

Forgets the cached page and tells every API process to read it again at its next visitor.
Reads REDIS_CACHE_URL (or REDIS_URL) from the environment or .env, else what \`bun run start\` runs.`

async function flush(): Promise<void> {
  const config = settingsWithoutLeads(process.env)
  if (!config.redisCacheUrl)
    throw new CommandFault(
      `Neither REDIS_CACHE_URL nor REDIS_URL is set, so there is nothing to flush: each API process reads the page again within ${config.pageCacheTtlMs / 1000} s.`,
    )
  // Its lines would only repeat what the command itself says.
  const log = createLog({ level: 'error', process: 'page' })
  const redis = redisForCommands({ url: config.redisCacheUrl, name: 'landfast-flush', log })
  try {
    await redis.connect()
    // It reads and writes no page, so it signs none.
    const count = await createPageCache(redis, () => '', log).flush()
    console.log(
      `Flushed ${count} cached page${count === 1 ? '' : 's'}; every API process reads the page again.`,
    )
  } catch (error) {
    const found =
      refusedBecause(redis) ?? errorFields(error).help ?? 'Redis at REDIS_CACHE_URL does not answer'
    throw new CommandFault(
      `${found}, so nothing was flushed: each API process reads the page again within ${config.pageCacheTtlMs / 1000} s.`,
    )
  } finally {
    redis.disconnect()
  }
}

const [action, ...args] = process.argv.slice(2)
await runCommand(usage, [...args, ...(action ? [action] : [])], async () => {
  if (action !== 'flush' || args.length > 0) throw new CommandFault(usage.trim())
  await flush()
})
