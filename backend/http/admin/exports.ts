import { t } from 'elysia'
import {
  type ExportDone,
  type ExportFormat,
  exportColumns,
  exportFormats,
  fileOf,
  type LeadExport,
  type LeadExports,
  shownFilter,
} from '../../desk/export.ts'
import { writerOf } from '../../desk/export-files.ts'
import { actorOf } from '../../operators/audit.ts'
import { InvalidFields, Problem } from '../../problem.ts'
import { jsonAnswer, problem } from '../docs/answers.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { adminTag, changeAnswers, jsonRequest } from './change.ts'
import { type OperatorDoorDeps, operatorRoutes } from './door.ts'
import { fieldsOf, isUuid } from './fields.ts'
import { readFilter, viewPartsOf } from './lead-filter.ts'
import { orUnavailable } from './or-unavailable.ts'

export type ExportRouteDeps = Readonly<{
  door: OperatorDoorDeps
  exports: LeadExports
  phoneKeyOf(typed: string): string | undefined
  bodies?: SlowBodies
}>

const root = '/api/admin/exports'
const shown = 50

/**
 * Leads in files, with their phones: exactly what a view shows. Asking is a change, which only a page of ours may make and
 * which is written down; the file is then fetched once, by whoever asked.
 */
export function adminExportRoutes(deps: ExportRouteDeps) {
  const { exports, bodies } = deps
  const take = { right: 'leads.export' } as const
  const none = () => new Problem('not_found', 'There is no export of this id that waits for you.')

  return operatorRoutes(deps.door)
    .get(root, { ...take, detail: details.list }, () =>
      orUnavailable(async () => ({ data: (await exports.list(shown)).map(receiptView) })),
    )
    .post(root, { ...take, confirmed: true, detail: details.begin }, async (visit) => {
      const { format, view = {} } = await fieldsOf(visit, ['format', 'view'], bodies)
      const asker = { id: visit.operator.id, nowMs: deps.door.nowMs() }
      const filter = readFilter(viewPartsOf(view), deps.phoneKeyOf, asker)
      const by = actorOf(visit.operator)
      const asked = { id: crypto.randomUUID(), by, format: formatOf(format), filter }
      await orUnavailable(() =>
        exports.begin(asked, {
          ...{ by, action: 'export.asked', subject: asked.id },
          after: { format: asked.format, filter: shownFilter(filter) },
        }),
      )
      return { id: asked.id, file: `${root}/${asked.id}/file` }
    })
    .get(`${root}/:id/file`, { ...take, detail: details.file }, async (visit) => {
      const { request, server, params, operator } = visit
      const by = actorOf(operator)
      const found = isUuid(params.id) && (await orUnavailable(() => exports.take(params.id, by)))
      if (!found) throw none()
      const rows = await orUnavailable(() => exports.rows(found.filter))
      // Whoever reads slowly is waited for; they hold one of few places.
      server?.timeout?.(request, 0)
      const writer = writerOf(found.format)
      const finish = (done: ExportDone) =>
        exports.finish(found.id, done, {
          ...{ by, action: 'export.finished', subject: found.id },
          after: { rows: done.rows, sha256: done.sha256 },
        })
      const hasher = new Bun.CryptoHasher('sha256')
      const hash = {
        update: (bytes: Uint8Array) => void hasher.update(bytes),
        hex: () => hasher.digest('hex'),
      }
      const day = rows.snapshotAt.toISOString().slice(0, 10)
      return new Response(streamOf(fileOf(rows, writer, hash, finish), rows.close, request.signal), {
        headers: {
          'cache-control': 'no-store',
          'content-type': writer.contentType,
          'content-disposition': `attachment; filename="leads-${day}.${writer.extension}"`,
          'x-content-type-options': 'nosniff',
        },
      })
    }).routes
}

/** As fast as it is read, and no longer. */
function streamOf(
  file: AsyncGenerator<Uint8Array>,
  close: () => Promise<void>,
  gone: AbortSignal,
): ReadableStream<Uint8Array> {
  // A file that nobody has begun to read has nothing yet that would let go of its rows.
  const leave = () =>
    void file
      .return(undefined)
      .finally(close)
      .catch(() => {})
  if (gone.aborted) leave()
  else gone.addEventListener('abort', leave, { once: true })
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await file.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: leave,
  })
}

function formatOf(given: unknown): ExportFormat {
  const found = exportFormats.find((format) => format === given)
  if (!found) throw new InvalidFields({ format: [given === undefined ? 'required' : 'unknown'] })
  return found
}

const receiptView = ({ id, by, format, filter, ...receipt }: LeadExport) => ({
  ...{ id, by: by.name || by.kind, format, filter: shownFilter(filter) },
  asked_at: receipt.askedAt.toISOString(),
  snapshot_at: receipt.snapshotAt?.toISOString() ?? null,
  rows: receipt.rows ?? null,
  bytes: receipt.bytes ?? null,
  sha256: receipt.sha256 ?? null,
  finished_at: receipt.finishedAt?.toISOString() ?? null,
})

const orNull = t.Union([t.String(), t.Null()])
const format = t.Unsafe<string>({ type: 'string', enum: exportFormats })
const ofId = {
  parameters: [
    { name: 'id', in: 'path' as const, required: true, schema: { type: 'string' as const, format: 'uuid' } },
  ],
}
const details = {
  list: {
    ...adminTag,
    operationId: 'listExports',
    summary: 'Who has taken which leads away, the latest first',
    responses: {
      200: jsonAnswer(
        'The receipts; one without `sha256` was not fetched to its end',
        t.Object({
          data: t.Array(
            t.Object({
              id: t.String(),
              by: t.String(),
              format,
              filter: t.Record(t.String(), t.Any()),
              asked_at: t.String(),
              snapshot_at: orNull,
              rows: t.Union([t.Integer(), t.Null()]),
              bytes: t.Union([t.Integer(), t.Null()]),
              sha256: orNull,
              finished_at: orNull,
            }),
          ),
        }),
      ),
    },
  },
  begin: {
    ...adminTag,
    operationId: 'exportLeads',
    summary: 'Ask for a file of exactly the leads that a view shows',
    description: `\`view\` has the parameters of \`listLeads\`. The file is fetched at \`file\`, once, within five minutes, by whoever asked. Its columns are ${exportColumns.map((name) => `\`${name}\``).join(', ')}; of \`xlsx\` every cell is a text, in \`csv\` what a spreadsheet would compute is begun with an apostrophe.`,
    requestBody: jsonRequest(
      t.Object({ format, view: t.Optional(t.Record(t.String(), t.String({ maxLength: 256 }))) }),
      {
        format: 'xlsx',
        view: { state: 'interested', since: '2026-11-01' },
      },
    ),
    responses: {
      ...changeAnswers,
      200: jsonAnswer('Where the file is', t.Object({ id: t.String(), file: t.String() })),
    },
  },
  file: {
    ...adminTag,
    ...ofId,
    operationId: 'fetchExport',
    summary: 'The file of an export, as it is written',
    description:
      'All leads as they were in one moment. Its receipt has the rows and the SHA-256 of what was sent.',
    responses: {
      200: { description: 'The file' },
      404: jsonAnswer('None that waits for you: it was fetched, is too old, or is somebody else’s', problem),
    },
  },
}
