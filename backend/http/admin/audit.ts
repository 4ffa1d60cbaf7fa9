import { t } from 'elysia'
import {
  type Audit,
  actorKinds,
  auditActions,
  isAuditAction,
  type KeptAuditEntry,
} from '../../operators/audit.ts'
import { InvalidFields } from '../../problem.ts'
import { fieldErrors, jsonAnswer } from '../docs/answers.ts'
import { adminTag } from './change.ts'
import { type OperatorDoorDeps, operatorRoutes } from './door.ts'
import { queryFieldsOf, timeOf } from './fields.ts'
import { orUnavailable } from './or-unavailable.ts'

export type AuditRouteDeps = Readonly<{ door: OperatorDoorDeps; audit: Pick<Audit, 'list'> }>

const shown = 50
const idLengthMax = 64

/** Who did what. */
export function adminAuditRoutes({ door, audit }: AuditRouteDeps) {
  return operatorRoutes(door).get(
    '/api/admin/audit',
    { right: 'audit.read', detail },
    async ({ request }) => {
      const query = readQuery(queryFieldsOf(request))
      const found = await orUnavailable(() => audit.list({ ...query, limit: shown + 1 }))
      const entries = found.slice(0, shown)
      return { entries: entries.map(entryView), next: found.length > shown ? entries.at(-1)!.id : null }
    },
  ).routes
}

function readQuery(sent: Readonly<Record<string, string>>) {
  const { action, by, subject, after } = sent
  const wrong = [
    ...(action !== undefined && !isAuditAction(action) ? ['action'] : []),
    ...(after !== undefined && !/^[1-9]\d{0,17}$/.test(after) ? ['after'] : []),
    ...([by, subject].some((id) => id !== undefined && id.length > idLengthMax) ? ['by'] : []),
  ]
  if (wrong.length > 0) throw new InvalidFields(Object.fromEntries(wrong.map((name) => [name, ['invalid']])))
  return {
    ...(action !== undefined && isAuditAction(action) && { action }),
    ...(by !== undefined && { by }),
    ...(subject !== undefined && { subject }),
    ...(after !== undefined && { after }),
    since: timeOf(sent, 'since'),
    until: timeOf(sent, 'until'),
  }
}

const entryView = ({ id, at, by, action, subject, before, after }: KeptAuditEntry) => ({
  id,
  at: at.toISOString(),
  by,
  action,
  subject_kind: auditActions[action] ?? null,
  subject: subject ?? null,
  before: before ?? null,
  after: after ?? null,
})

const orNull = (schema: ReturnType<typeof t.String>) => t.Union([schema, t.Null()])
const told = t.Union([t.Record(t.String(), t.Any()), t.Null()])
const query = (
  name: string,
  description: string,
  schema: object = { type: 'string', maxLength: idLengthMax },
) => ({
  ...{ name, in: 'query' as const, required: false, schema, description },
})
const moment = { type: 'string', maxLength: 40, pattern: '^\\d{4}-\\d\\d-\\d\\d' }
const detail = {
  ...adminTag,
  operationId: 'listAudit',
  summary: 'Who did what, the latest first, 50 at a time',
  parameters: [
    query('action', 'Only this', { type: 'string', enum: Object.keys(auditActions) }),
    query('by', 'Only what this operator or key did, by id'),
    query('subject', 'Only what was done to this, by id'),
    query('since', 'From this day or moment on', moment),
    query('until', 'Up to this day or moment', moment),
    query('after', 'What follows on this entry: `next` of the answer before', {
      type: 'string',
      pattern: '^[1-9]\\d{0,17}$',
    }),
  ],
  responses: {
    200: jsonAnswer(
      'The entries',
      t.Object({
        entries: t.Array(
          t.Object({
            id: t.String(),
            at: t.String(),
            by: t.Object({
              kind: t.Unsafe<string>({ type: 'string', enum: actorKinds }),
              id: t.String(),
              name: t.String(),
            }),
            action: t.String(),
            subject_kind: orNull(t.String()),
            subject: orNull(t.String()),
            before: told,
            after: told,
          }),
        ),
        next: orNull(t.String()),
      }),
    ),
    400: jsonAnswer('A parameter breaks a rule', fieldErrors, { action: ['invalid'] }),
  },
}
