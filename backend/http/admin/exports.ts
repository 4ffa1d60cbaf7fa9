import { t } from 'elysia'
import {
  type ExportDone,
  type ExportFormat,
  exportColumns,
  exportFormats,
  type FileWriter,
  fileOf,
  keptEnds,
  type LeadExport,
  type LeadExports,
  shownFilter,
} from '../../desk/export.ts'
import { newHash, writerOf } from '../../desk/export-files.ts'
import type { KeptExports, KeptFile } from '../../desk/kept-export.ts'
import type { SoughtPhone } from '../../desk/person.ts'
import { type Actor, actorOf } from '../../operators/audit.ts'
import { InvalidFields, Problem } from '../../problem.ts'
import { jsonAnswer, problem } from '../docs/answers.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { adminTag, changeAnswers, jsonRequest } from './change.ts'
import { type OperatorDoorDeps, operatorRoutes } from './door.ts'
import { fieldsOf, isUuid } from './fields.ts'
import { askerOf, readFilter, viewPartsOf } from './lead-filter.ts'
import { orUnavailable } from './or-unavailable.ts'

export type ExportRouteDeps = Readonly<{
  door: OperatorDoorDeps
  exports: LeadExports
  /** Absent where large files are kept nowhere. */
  keptExports?: Readonly<{
    fetch: KeptExports['fetch']
    cancel: KeptExports['cancel']
    read(file: KeptFile): AsyncGenerator<Uint8Array>
  }>
  soughtPhone: SoughtPhone
  /** Where the firm is: its days begin there. */
  timeZone: string
  bodies?: SlowBodies
}>

const root = '/api/admin/exports'
const shown = 50
// They are written one after the other, and others wait behind them.
const writtenAtOnceMax = 3
const fileAt = (id: string) => `${root}/${id}/file`

/**
 * Leads in files, with their phones: exactly what a view shows. Asking is a change, which only a page of ours may make and
 * which is written down; the file is then fetched by whoever asked: once, as it is written, or for a day where it is kept.
 */
export function adminExportRoutes(deps: ExportRouteDeps) {
  const { exports, keptExports, bodies } = deps
  const take = { right: 'leads.export' } as const
  const keptOf = (id: string, by: Actor) =>
    orUnavailable(
      async () => await keptExports?.fetch(id, by, { by, action: 'export.fetched', subject: id } as const),
    )
  const none = () => new Problem('not_found', 'There is no export of this id that waits for you.')
  const tooMany = () =>
    new Problem(
      'rate_limited',
      `${writtenAtOnceMax} of your files are to be written yet. Ask again when they are there.`,
      {
        retryAfterS: 60,
      },
    )
  /** How many of theirs are to be written yet, among the latest. */
  const waitingOf = async (by: Actor) => {
    const latest = await orUnavailable(() => exports.list(shown))
    return latest.filter((each) => each.kept && !each.kept.expiresAt && !each.kept.over && isBy(each, by))
      .length
  }

  return operatorRoutes(deps.door)
    .get(root, { ...take, detail: details.list }, ({ operator }) =>
      orUnavailable(async () => ({
        data: (await exports.list(shown)).map((receipt) => receiptView(receipt, actorOf(operator))),
        keeps: keptExports !== undefined,
      })),
    )
    .post(root, { ...take, confirmed: true, detail: details.begin }, async (visit) => {
      const { format, view = {}, keep = false } = await fieldsOf(visit, ['format', 'view', 'keep'], bodies)
      if (typeof keep !== 'boolean') throw new InvalidFields({ keep: ['invalid'] })
      if (keep && !keptExports) throw new InvalidFields({ keep: ['unavailable'] })
      const filter = readFilter(viewPartsOf(view), deps.soughtPhone, askerOf(visit.operator, deps))
      const by = actorOf(visit.operator)
      if (keep && (await waitingOf(by)) >= writtenAtOnceMax) throw tooMany()
      const asked = { id: crypto.randomUUID(), by, format: formatOf(format), filter, isKept: keep }
      await orUnavailable(() =>
        exports.begin(asked, {
          ...{ by, action: 'export.asked', subject: asked.id },
          after: { format: asked.format, filter: shownFilter(filter), ...(keep && { kept: true }) },
        }),
      )
      return { id: asked.id, file: fileAt(asked.id) }
    })
    .delete(`${root}/:id`, { ...take, detail: details.cancel }, async ({ params: { id }, operator }) => {
      const by = actorOf(operator)
      const entry = { by, action: 'export.cancelled', subject: id } as const
      const isEnded = isUuid(id) && (await orUnavailable(async () => keptExports?.cancel(id, by, entry)))
      if (!isEnded) throw none()
      return { cancelled: true }
    })
    .get(`${root}/:id/file`, { ...take, detail: details.file }, async (visit) => {
      const { request, server, params, operator } = visit
      // Elysia asks for the whole file to answer it, and one that is fetched once would be gone.
      if (request.method === 'HEAD') return new Response(null, { status: 405, headers: { allow: 'GET' } })
      const by = actorOf(operator)
      const { id } = params
      const file = isUuid(id) ? await keptOf(id, by) : undefined
      if (keptExports && file) {
        server?.timeout?.(request, 0)
        const body = streamOf(keptExports.read(file), async () => {}, request.signal)
        return new Response(body, { headers: headersOf(file, writerOf(file.format), file.bytes) })
      }
      const found = isUuid(id) && (await orUnavailable(() => exports.take(id, by)))
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
      return new Response(streamOf(fileOf(rows, writer, newHash(), finish), rows.close, request.signal), {
        headers: headersOf(rows, writer),
      })
    }).routes
}

const headersOf = (
  { snapshotAt }: Readonly<{ snapshotAt?: Date }>,
  { contentType, extension }: Pick<FileWriter, 'contentType' | 'extension'>,
  bytes?: number,
) => ({
  'cache-control': 'no-store',
  'content-type': contentType,
  'content-disposition': `attachment; filename="leads-${(snapshotAt ?? new Date()).toISOString().slice(0, 10)}.${extension}"`,
  'x-content-type-options': 'nosniff',
  ...(bytes !== undefined && { 'content-length': String(bytes) }),
})

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

/** Keys and people have ids of their own tables. */
const isBy = ({ by }: Pick<LeadExport, 'by'>, asker: Actor) => by.id === asker.id && by.kind === asker.kind

const receiptView = ({ id, by, format, filter, kept, ...receipt }: LeadExport, asker: Actor) => ({
  ...{ id, by: by.name || by.kind, format, filter: shownFilter(filter) },
  kept: kept
    ? {
        ...{ written: kept.written, total: kept.total ?? null, over: kept.over ?? null },
        ...{ failed: kept.failed, own: isBy({ by }, asker) },
        expires_at: kept.expiresAt?.toISOString() ?? null,
        file: kept.expiresAt && !kept.over && isBy({ by }, asker) ? fileAt(id) : null,
      }
    : null,
  asked_at: receipt.askedAt.toISOString(),
  snapshot_at: receipt.snapshotAt?.toISOString() ?? null,
  rows: receipt.rows ?? null,
  bytes: receipt.bytes ?? null,
  sha256: receipt.sha256 ?? null,
  finished_at: receipt.finishedAt?.toISOString() ?? null,
})

const kept = t.Object({
  written: t.Integer({ description: 'Leads that are in it so far' }),
  total: t.Union([t.Integer({ description: 'About how many it will have' }), t.Null()]),
  failed: t.Integer({ description: 'How often it could not be written to its end; it is tried again' }),
  own: t.Boolean({ description: 'Whether you asked for it, and so may fetch or cancel it' }),
  over: t.Union([t.Unsafe<string>({ type: 'string', enum: keptEnds }), t.Null()]),
  expires_at: t.Union([t.String(), t.Null()]),
  file: t.Union([t.String({ description: 'Where you can fetch it until then' }), t.Null()]),
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
              kept: t.Union([kept, t.Null()]),
            }),
          ),
          keeps: t.Boolean({ description: 'Whether there is a bucket that keeps large files' }),
        }),
      ),
    },
  },
  begin: {
    ...adminTag,
    operationId: 'exportLeads',
    summary: 'Ask for a file of exactly the leads that a view shows',
    description: `\`view\` has the parameters of \`listLeads\`. The file is fetched at \`file\`, once, within five minutes, by whoever asked. Its columns are ${exportColumns.map((name) => `\`${name}\``).join(', ')}; of \`xlsx\` every cell is a text, in \`csv\` what a spreadsheet would compute is begun with an apostrophe. With \`keep\` it is written beside everything else into a bucket, where there is one: \`listExports\` tells how far it is, and it can be fetched for a day.`,
    requestBody: jsonRequest(
      t.Object({
        format,
        view: t.Optional(t.Record(t.String(), t.String({ maxLength: 256 }))),
        keep: t.Optional(t.Boolean()),
      }),
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
  cancel: {
    ...adminTag,
    ...ofId,
    operationId: 'cancelExport',
    summary: 'End a file that is kept or being written, whose leads nobody needs any more',
    responses: {
      200: jsonAnswer('It has ended', t.Object({ cancelled: t.Boolean() })),
      404: jsonAnswer('None that you asked for and that has not ended', problem),
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
      404: jsonAnswer(
        'None that waits for you: it was fetched, is not written yet, is too old, or is somebody else’s',
        problem,
      ),
    },
  },
}
