import { acceptedAtMs } from '../batching/ids.ts'
import type { Lead } from '../leads/lead.ts'
import type { Actor } from '../operators/audit.ts'

/** What of a person stands where, counted before anything of it was taken away. */
export const foundParts = [
  ...['leads', 'notes', 'work', 'quarantined', 'corrections', 'claims', 'deliveries', 'attempts'],
  ...['exports', 'queued', 'claims_in_redis', 'requests', 'archived_requests'],
] as const
export type Found = Readonly<Partial<Record<(typeof foundParts)[number], number>>>

/** A person who is to be forgotten, by the keyed hash of a phone alone. What they sent after `cutoff` stays. */
export type Forgotten = Readonly<{ phoneKey: string; leadIds: readonly string[]; cutoff: Date }>

export type Erasure = Readonly<{
  id: string
  phoneKey: string
  askedAt: Date
  askedBy: Actor
  found?: Found
  cutoff?: Date
  leadIds: readonly string[]
  finishedAt?: Date
}>

/** Somebody who was sent a lead, and how far they have been told to erase it. */
export type ToldOfErasure = Readonly<{ endpoint: string; state: string; at?: Date }>

/** What is kept of a person, for the person: by the names under which it is kept, and nothing of anybody else. */
export type KeptOfPerson = Readonly<Record<string, readonly unknown[]>>

/** A lead that is in no table yet, for its person. */
export function copyOfLead({ id, phone, details, request }: Lead) {
  const { attribution, ...told } = details ?? {}
  return {
    ...{ id, accepted_at: new Date(acceptedAtMs(id)).toISOString(), phone, ...told },
    came_from: attribution ?? null,
    ...(request && {
      request: {
        ...{ path: request.path, browser: request.userAgent },
        ...{ referrer: request.referrer, address: request.ipMask },
      },
    }),
  }
}

/** Erasures that were asked for, and what of a person stands in the table beside them. */
export interface ErasureTable {
  /** The open erasure of this phone, which begins unless one is open. Written down with who asked. */
  begin(phoneKey: string, by: Actor): Promise<Erasure>
  find(id: string): Promise<Erasure | undefined>
  /** The latest first. */
  list(limit: number): Promise<readonly Erasure[]>
  open(): Promise<readonly Erasure[]>
  /** Those that ended after this moment. */
  finishedSince(moment: Date): Promise<readonly Erasure[]>
  told(erasure: Erasure): Promise<readonly ToldOfErasure[]>
  look(phoneKey: string): Promise<Found>
  copy(phoneKey: string): Promise<KeptOfPerson>
  /** Keeps what was found, unless it is kept already. */
  noteFound(id: string, found: Found): Promise<void>
  /**
   * From the moment it resolves with, which it keeps, nothing that came before is stored any more: who was storing it has
   * ended, and whoever begins is refused.
   */
  fence(id: string): Promise<Date>
  /**
   * Removes every row, and has whoever was sent them erase them, in one transaction each. Resolves with the ids of the leads of
   * each erasure, in the order in which these were given.
   */
  eraseRows(ids: readonly string[]): Promise<readonly (readonly string[])[]>
  /** Ends it and writes that down, once. */
  finish(id: string): Promise<void>
}

/** Another place where something of a person may stand. Both are safe to repeat, and beside visitors. */
export interface ErasurePlace {
  look(phoneKey: string): Promise<Found>
  /** Absent where nothing stays for longer than on its way. */
  copy?(phoneKey: string): Promise<KeptOfPerson>
  erase(whom: readonly Forgotten[]): Promise<void>
}

export type ErasureDeps = Readonly<{
  table: ErasureTable
  /** What is on its way to the table. */
  line: readonly ErasurePlace[]
  /** What was written of it on the side. */
  aside: readonly ErasurePlace[]
}>

/** What would be erased: nothing is changed. */
export async function lookFor(deps: ErasureDeps, phoneKey: string): Promise<Found> {
  const { table, line, aside } = deps
  const all = await Promise.all([table, ...line, ...aside].map((place) => place.look(phoneKey)))
  return Object.assign({}, ...all)
}

/** All that is kept of a person. */
export async function copyOf({ table, line, aside }: ErasureDeps, phoneKey: string): Promise<KeptOfPerson> {
  const all = await Promise.all([table, ...line, ...aside].map((place) => place.copy?.(phoneKey)))
  return Object.assign({}, ...all)
}

/**
 * Carries an erasure out, or to its end where it was begun: each step is safe to repeat. What is on its way is emptied before
 * the fence, lest somebody who submits anew meanwhile becomes a duplicate of what is about to go, and after it for good.
 */
export async function carryOut(deps: ErasureDeps, erasure: Erasure): Promise<void> {
  const { table, line } = deps
  const { id, phoneKey } = erasure
  if (!erasure.found) await table.noteFound(id, await lookFor(deps, phoneKey))
  if (!erasure.cutoff)
    for (const place of line) await place.erase([{ phoneKey, leadIds: [], cutoff: erasure.askedAt }])
  await table.fence(id)
  await eraseAgain(deps, [erasure])
  await table.finish(id)
}

/** Takes away once more what a slow hand may have put down since, of all of them together: each place is gone through once. */
export async function eraseAgain(
  { table, line, aside }: ErasureDeps,
  erasures: readonly Erasure[],
): Promise<void> {
  const whom: Forgotten[] = []
  for (const { id, phoneKey } of erasures) whom.push({ phoneKey, leadIds: [], cutoff: await table.fence(id) })
  for (const place of line) await place.erase(whom)
  const found = await table.eraseRows(erasures.map(({ id }) => id))
  for (const place of aside) await place.erase(whom.map((each, at) => ({ ...each, leadIds: found[at]! })))
}

/** What whoever asked is given: what was where, who was told, and from when on nobody can bring it back. No phone. */
export type ErasureReceipt = Readonly<{
  id: string
  phone_hash: string
  asked_at: string
  asked_by: string
  finished_at: string | null
  found: Found
  leads: readonly string[]
  told: readonly Readonly<{ endpoint: string; state: string; at: string | null }>[]
  /** No backup that is older than it may be is kept from then on. */
  backups_gone_at: string | null
}>

const dayMs = 86_400_000

export function receiptOf(
  { id, phoneKey, askedAt, askedBy, finishedAt, found = {}, leadIds }: Erasure,
  told: readonly ToldOfErasure[],
  backupsKeptDays: number,
): ErasureReceipt {
  const gone = finishedAt && new Date(finishedAt.getTime() + backupsKeptDays * dayMs)
  return {
    ...{ id, phone_hash: phoneKey, asked_at: askedAt.toISOString() },
    asked_by: askedBy.name || askedBy.kind,
    finished_at: finishedAt?.toISOString() ?? null,
    found,
    leads: leadIds,
    told: told.map(({ endpoint, state, at }) => ({ endpoint, state, at: at?.toISOString() ?? null })),
    backups_gone_at: gone?.toISOString() ?? null,
  }
}
