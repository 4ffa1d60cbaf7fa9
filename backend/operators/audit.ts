import type { Operator } from './operator-key.ts'

/** Everything that is written down when it is done, and what the id beside it is of. */
export const auditActions = {
  'session.begun': 'operator',
  'session.refused': 'operator',
  'session.confirmed': 'operator',
  'session.ended': 'operator',
  'password.changed': 'operator',
  'second_factor.set': 'operator',
  'second_factor.removed': 'operator',
  'second_factor.codes_made': 'operator',
  'second_factor.code_used': 'operator',
  'operator.invited': 'invite',
  'operator.invite_withdrawn': 'invite',
  'operator.joined': 'operator',
  'operator.reset_begun': 'operator',
  'operator.role_changed': 'operator',
  'operator.disabled': 'operator',
  'operator.enabled': 'operator',
  'lead.revealed': 'lead',
  'lead.taken': 'lead',
  'lead.given_back': 'lead',
  'lead.state_changed': 'lead',
  'lead.noted': 'lead',
  'bulk.begun': 'bulk change',
  'bulk.finished': 'bulk change',
  'bulk.undo_begun': 'bulk change',
  'bulk.undone': 'bulk change',
  'view.saved': 'view',
  'view.changed': 'view',
  'view.removed': 'view',
  'export.asked': 'export',
  'export.finished': 'export',
  'export.fetched': 'export',
  'export.cancelled': 'export',
  'person.copied': 'person',
  'erase_request.decided': 'request',
  'replay.asked': 'lead',
  'replay.finished': 'lead',
  'erasure.asked': 'erasure',
  'erasure.finished': 'erasure',
  'key.made': 'key',
  'key.revoked': 'key',
  'token.made': 'key',
  'flag.changed': 'flag',
  'experiment.changed': 'experiment',
  'experiment.removed': 'experiment',
  'delivery.added': 'endpoint',
  'delivery.changed': 'endpoint',
  'delivery.removed': 'endpoint',
  'delivery.tested': 'endpoint',
  'delivery.sent_again': 'endpoint',
  'delivery.let_go': 'all endpoints',
} as const

export type AuditAction = keyof typeof auditActions
export const isAuditAction = (text: string): text is AuditAction => Object.hasOwn(auditActions, text)

/** Who did it: a person, a key, a command typed on the server, or the product itself. */
export const actorKinds = ['operator', 'key', 'command', 'system', 'nobody'] as const
export type Actor = Readonly<{ kind: (typeof actorKinds)[number]; id: string; name: string }>

/**
 * One line of the audit. `before` and `after` are what was changed, as little of it as tells the change; no phone, in no
 * spelling: a lead is named by its id, a number by its keyed hash.
 */
export type AuditEntry = Readonly<{
  by: Actor
  action: AuditAction
  /** The id of what it was done to. */
  subject?: string
  before?: Readonly<Record<string, unknown>>
  after?: Readonly<Record<string, unknown>>
}>

export type KeptAuditEntry = AuditEntry & Readonly<{ id: string; at: Date }>

export type AuditQuery = Readonly<{
  /** What all actions of one kind begin with, such as `delivery`. */
  kind?: string
  action?: AuditAction
  /** The id of whoever did it. */
  by?: string
  subject?: string
  since?: Date
  until?: Date
  /** Entries older than the one of this id. */
  after?: string
  limit: number
}>

export interface Audit {
  /** Writes down what changed nothing that is kept, such as a sign-in that was refused. What does is written with it. */
  note(entry: AuditEntry): Promise<void>
  /** The latest first. */
  list(query: AuditQuery): Promise<readonly KeptAuditEntry[]>
}

export const theCommand: Actor = { kind: 'command', id: '', name: '' }
export const theSystem: Actor = { kind: 'system', id: '', name: '' }
export const nobody: Actor = { kind: 'nobody', id: '', name: '' }

/** An operator as the audit names them. */
export function actorOf({ id, name, person }: Operator): Actor {
  if (person) return { kind: 'operator', id, name }
  return id === '' ? nobody : { kind: 'key', id, name }
}
