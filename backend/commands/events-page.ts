import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { eventNames, eventSchemas, messageVersion, type Schema, thinSchemas } from '../deliveries/schemas.ts'
import { CommandFault, runCommand } from './command.ts'

const file = 'docs/delivery-events.md'

/** The page of what receivers are told, made of the schemas. */
export function eventsPage(): string {
  const events = eventNames.flatMap((event) => {
    const { when, data } = eventSchemas[event]
    const thin = Object.keys(thinSchemas[event].properties).map((name) => `\`${name}\``)
    return [
      `## ${event}`,
      '',
      `Sent when ${when}. With \`--thin\` its \`data\` is ${thin.join(', ')}.`,
      '',
      '| Field of `data` | What it is |',
      '|---|---|',
      ...rowsOf(data),
      '',
    ]
  })
  return [
    '# What receivers are told',
    '',
    `Version \`${messageVersion}\`, in the header \`landfast-version\`. Fields are added, never renamed or taken away: pass over those`,
    'that you do not know. A body is `{"type", "timestamp", "data"}`; `type` is one of the names below. For programs the same is',
    'in `webhooks` of `/api/docs/json`. Written by `bun run docs:events` from backend/deliveries/schemas.ts.',
    '',
    ...events,
    '## batch',
    '',
    'With `--batch 100` a body holds what waits, `{"type": "batch", "timestamp", "data": […]}`, also where it is one. Each of `data` is',
    '`{"id", "type", "timestamp", "data"}` as above, and its `id` is what `webhook-id` is where it comes alone: leave out what you',
    'have by that. The `webhook-id` of a batch is made of the ids in it.',
    '',
  ].join('\n')
}

function rowsOf(schema: Schema, within = ''): string[] {
  return Object.entries(schema.properties as Record<string, Schema>).flatMap(([name, field]) => [
    `| \`${within}${name}\` | ${kindOf(field)}${field.description ? `: ${field.description}` : ''} |`,
    ...(field.items?.properties ? rowsOf(field.items, `${within}${name}[].`) : []),
    ...(field.properties ? rowsOf(field, `${within}${name}.`) : []),
  ])
}

function kindOf(field: Schema): string {
  if (field.anyOf) return 'text or null'
  if (field.type === 'array') return field.items.properties ? 'list of objects' : 'list of texts'
  if (field.type === 'integer') return 'number'
  if (field.type !== 'string') return field.properties ? 'object' : 'texts by name'
  if (field.format === 'uuid') return 'id'
  return field.format === 'date-time' ? 'time' : field.format === 'date' ? 'date' : 'text'
}

if (import.meta.main) {
  const args = process.argv.slice(2)
  await runCommand(
    `\nbun run docs:events\n\nWrites ${file} from backend/deliveries/schemas.ts.\n`,
    args,
    async () => {
      if (args.length > 0) throw new CommandFault('There is nothing to choose: bun run docs:events')
      writeFileSync(pathOf(), eventsPage())
      console.log(`Wrote ${file}.`)
    },
  )
}

/** What stands in the repository. */
export const writtenEventsPage = () => readFileSync(pathOf(), 'utf8')

function pathOf(): string {
  return resolve(import.meta.dir, '../..', file)
}
