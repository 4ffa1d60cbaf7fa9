import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type AppDeps, makeApp } from '../http/app.ts'
import type { OpenApiDocument } from '../http/docs/openapi.ts'
import { openApiYaml } from '../http/docs/openapi.ts'
import { corsRules } from '../http/request/cors.ts'
import { CommandFault, runCommand } from './command.ts'
import { settingsWithoutLeads } from './settings.ts'

const usage = `
Usage: bun run docs:export [--out DIR]

Writes the API document as openapi.json and openapi.yaml, by default to the folder docs in DATA_DIR.
Needs no service. Reads PUBLIC_URL from the environment or .env.`

// Routes are only described here, never asked, so what they would ask can be missing.
const unused = {} as never

function describedApp(publicUrl: string) {
  const deps: AppDeps = {
    leads: {
      line: unused,
      lookups: [],
      cors: corsRules([], publicUrl),
      rateLimit: unused,
      proofs: unused,
      correct: unused,
      clientAddress: unused,
      keyedHash: unused,
      mayLog: unused,
      nowMs: unused,
      hidesDuplicates: false,
      deviceOf: unused,
      pagePaths: unused,
      metrics: unused,
      problems: unused,
    },
    events: {
      collector: unused,
      rules: unused,
      isBot: unused,
      deviceOf: unused,
      cors: corsRules([], publicUrl),
      budget: unused,
      clientAddress: unused,
      metrics: unused,
      problems: unused,
    },
    stats: { reader: unused, firstExperiment: unused, isCounted: unused, door: unused },
    visitorFlags: { live: unused, cors: unused, problems: unused },
    assign: {
      live: unused,
      assignments: unused,
      exposed: unused,
      mayRecord: unused,
      cors: unused,
      problems: unused,
    },
    admin: {
      door: unused,
      live: unused,
      editor: unused,
      announce: unused,
      pageExperiments: unused,
      deliveries: unused,
      entry: unused,
      accounts: unused,
      sessions: unused,
      factor: unused,
      elsewhere: unused,
      tokens: unused,
      audit: unused,
      leadDesk: unused,
      erasures: unused,
      exports: unused,
      views: unused,
      eraseRequests: unused,
      bulks: unused,
      goOnWithBulk: unused,
      people: unused,
      backupsKeptDays: 0,
      results: unused,
      today: unused,
      sources: unused,
      queue: unused,
      replays: unused,
      timeZone: unused,
      cursors: unused,
      phoneKeyOf: unused,
      soughtPhone: unused,
      cookies: unused,
      clientAddress: unused,
      publicUrl,
      nowMs: unused,
      log: unused,
    },
    page: { built: unused, live: unused, exposed: unused, mayRecord: unused, metrics: unused, publicUrl },
    media: { problems: unused },
    health: { probes: [], refusesBecause: unused, version: '', nowMs: unused },
    metrics: unused,
    publicUrl,
    allowedHosts: [],
    problems: unused,
  }
  return makeApp(deps)
}

await runCommand(usage, process.argv.slice(2), async () => {
  const config = settingsWithoutLeads(process.env)
  const out = resolve(folderFrom(process.argv.slice(2)) ?? join(config.dataDir, 'docs'))
  const answer = await describedApp(config.publicUrl).handle(new Request('http://localhost/api/docs/json'))
  const served = (await answer.json()) as OpenApiDocument
  // "This server" means nothing in a file.
  const document = { ...served, servers: served.servers.filter(({ url }) => url !== '/') }

  await mkdir(out, { recursive: true })
  await Bun.write(join(out, 'openapi.json'), `${JSON.stringify(document, null, 2)}\n`)
  await Bun.write(join(out, 'openapi.yaml'), openApiYaml(document))
  console.log(`Wrote ${join(out, 'openapi.json')} and ${join(out, 'openapi.yaml')}.`)
})

function folderFrom(args: string[]): string | undefined {
  try {
    return parseArgs({ args, options: { out: { type: 'string' } } }).values.out
  } catch {
    throw new CommandFault(usage.trim())
  }
}
