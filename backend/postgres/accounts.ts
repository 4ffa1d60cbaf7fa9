import { sql } from 'kysely'
import type { Account, AccountChange, Accounts, KeptAccount, NewAccount } from '../operators/account.ts'
import type { AuditEntry } from '../operators/audit.ts'
import type { KeptInvite } from '../operators/invite.ts'
import type { Role } from '../operators/rights.ts'
import { writeAudit } from './audit.ts'
import type { Db, DbOrTransaction } from './connection.ts'

export type AccountRow = Readonly<{
  id: string
  email: string
  name: string
  role: Role
  created_at: Date
  disabled_at: Date | null
  has_second_factor: boolean
  has_password: boolean
}>
type InviteRow = Readonly<{
  id: string
  token_hash: Buffer
  role: Role
  email: string | null
  operator_id: string | null
  resets_factor: boolean
  expires_at: Date
  used_at: Date | null
}>

// Any number that nothing else in this database locks on.
const firstOwnerLock = 7_305_404
const inviteColumns = sql.raw('id, token_hash, role, email, operator_id, resets_factor, expires_at, used_at')
export const accountColumns = sql.raw(
  `operators.id, operators.email, operators.name, operators.role, operators.created_at, operators.disabled_at,
   exists (select from operator_factors where operator_factors.operator_id = operators.id) as has_second_factor,
   operators.password_hash <> '' as has_password`,
)

/** The accounts of operators and the links that make them. */
export function createAccounts(db: Db): Accounts {
  const found = async (where: ReturnType<typeof sql>): Promise<KeptAccount | undefined> => {
    const { rows } = await sql<AccountRow & { password_hash: string }>`
      select ${accountColumns}, password_hash from operators where ${where}`.execute(db)
    return rows[0] && { ...accountOf(rows[0]), passwordHash: rows[0].password_hash }
  }
  /** `work` resolves with what came of it; the entry is written where that is a change. */
  const inOne = <T>(
    entry: AuditEntry,
    work: (tx: DbOrTransaction) => Promise<T>,
    isChange: (came: T) => boolean,
  ) =>
    db.transaction().execute(async (tx) => {
      const came = await work(tx)
      if (isChange(came)) await writeAudit(tx, entry)
      return came
    })
  const isTrue = (came: boolean) => came

  /** Unless it takes the last owner away. */
  const changeAccount = (id: string, entry: AuditEntry, staysOwner: boolean, set: ReturnType<typeof sql>) =>
    inOne<AccountChange>(
      entry,
      async (tx) => {
        const { rows: owners } = await sql<{ id: string }>`
          select id from operators where role = 'owner' and disabled_at is null order by id for update`.execute(
          tx,
        )
        if (!staysOwner && owners.length === 1 && owners[0]!.id === id) return 'last_owner'
        const { numAffectedRows } = await sql`update operators set ${set} where id = ${id}`.execute(tx)
        if (!numAffectedRows) return 'unknown'
        await sql`delete from operator_sessions where operator_id = ${id}`.execute(tx)
        await sql`
          delete from operator_invites where used_at is null and (made_by = ${id} or operator_id = ${id})`.execute(
          tx,
        )
        return 'changed'
      },
      (came) => came === 'changed',
    )

  return {
    find: (id) => found(sql`operators.id = ${id}`),
    findByEmail: (email) => found(sql`email = ${email}`),
    findByIdentity: (issuer, subject) =>
      found(sql`
        operators.id = (select operator_id from operator_identities
          where issuer = ${issuer} and subject = ${subject})`),
    async list() {
      const { rows } = await sql<AccountRow & { last_seen_at: Date | null }>`
        select ${accountColumns},
          (select max(seen_at) from operator_sessions where operator_id = operators.id) as last_seen_at
        from operators order by created_at, id`.execute(db)
      return rows.map((row) => ({
        ...accountOf(row),
        ...(row.last_seen_at && { lastSeenAt: row.last_seen_at }),
      }))
    },
    async hasOwner() {
      const { rows } = await sql`select from operators where role = 'owner' limit 1`.execute(db)
      return rows.length > 0
    },
    addFirstOwner: (account, entry) =>
      inOne(
        entry,
        async (tx) => {
          await sql`select pg_advisory_xact_lock(${firstOwnerLock})`.execute(tx)
          const { rows } = await sql`select from operators limit 1`.execute(tx)
          return rows.length === 0 && (await add(tx, account))
        },
        isTrue,
      ),
    setPassword: (id, passwordHash, entry, keepSession) =>
      inOne(entry, (tx) => setPassword(tx, id, passwordHash, keepSession), isTrue),
    setRole: (id, role, entry) => changeAccount(id, entry, role === 'owner', sql`role = ${role}`),
    setDisabled: (id, disabled, entry) =>
      changeAccount(
        id,
        entry,
        !disabled,
        disabled ? sql`disabled_at = coalesce(disabled_at, now())` : sql`disabled_at = null`,
      ),

    async invite({ id, tokenHash, role, email, accountId, resetsFactor = false, expiresAt }, entry) {
      await db.transaction().execute(async (tx) => {
        // One link at a time for one person: the latest.
        if (email !== undefined || accountId !== undefined)
          await sql`
            delete from operator_invites
            where used_at is null and (email = ${email ?? null} or operator_id = ${accountId ?? null})`.execute(
            tx,
          )
        await sql`
          insert into operator_invites (id, token_hash, role, email, operator_id, resets_factor, expires_at, made_by)
          values (${id}, ${tokenHash}, ${role}, ${email ?? null}, ${accountId ?? null}, ${resetsFactor},
            ${expiresAt}, ${entry.by.kind === 'operator' ? entry.by.id : null})`.execute(tx)
        await writeAudit(tx, entry)
      })
    },
    async invites(now) {
      const { rows } = await sql<InviteRow>`
        select ${inviteColumns} from operator_invites
        where used_at is null and expires_at > ${now} order by expires_at, id`.execute(db)
      return rows.map((row) => {
        const { tokenHash: _tokenHash, ...listed } = inviteOf(row)
        return listed
      })
    },
    async findInvite(tokenHash) {
      const { rows } = await sql<InviteRow>`
        select ${inviteColumns} from operator_invites where token_hash = ${tokenHash}`.execute(db)
      return rows[0] && inviteOf(rows[0])
    },
    withdrawInvite: (id, entry) =>
      inOne(
        entry,
        async (tx) => {
          const { numAffectedRows } = await sql`
            delete from operator_invites where id = ${id} and used_at is null`.execute(tx)
          return Boolean(numAffectedRows)
        },
        isTrue,
      ),
    joinFrom: ({ issuer, subject }, account, entry) =>
      inOne<'joined' | 'taken'>(
        entry,
        async (tx) => {
          if (!(await add(tx, account))) return 'taken'
          await sql`
            insert into operator_identities (issuer, subject, operator_id)
            values (${issuer}, ${subject}, ${account.id})`.execute(tx)
          return 'joined'
        },
        (came) => came === 'joined',
      ),
    join: (inviteId, account, entry) =>
      inOne<'joined' | 'used' | 'taken'>(
        entry,
        async (tx) => {
          const { rows } = await sql`select from operators where email = ${account.email}`.execute(tx)
          if (rows.length > 0) return 'taken'
          if (!(await spend(tx, inviteId))) return 'used'
          return (await add(tx, account)) ? 'joined' : 'taken'
        },
        (came) => came === 'joined',
      ),
    renewPassword: (inviteId, passwordHash, entry) =>
      inOne(
        entry,
        async (tx) => {
          const used = await spend(tx, inviteId)
          if (!used?.account) return false
          await holdAccount(tx, used.account)
          if (used.resets_factor)
            await sql`delete from operator_factors where operator_id = ${used.account}`.execute(tx)
          return setPassword(tx, used.account, passwordHash)
        },
        isTrue,
      ),
  }
}

/** Has whoever begins a session of an account wait until what is done to it is done. Taken before its sessions and factors. */
export const holdAccount = (tx: DbOrTransaction, id: string) =>
  sql`select from operators where id = ${id} for no key update`.execute(tx)

export const accountOf = (row: AccountRow): Account => ({
  id: row.id,
  email: row.email,
  name: row.name,
  role: row.role,
  createdAt: row.created_at,
  hasSecondFactor: row.has_second_factor,
  hasPassword: row.has_password,
  ...(row.disabled_at && { disabledAt: row.disabled_at }),
})

const inviteOf = (row: InviteRow): KeptInvite => ({
  id: row.id,
  tokenHash: row.token_hash,
  role: row.role,
  ...(row.email !== null && { email: row.email }),
  ...(row.operator_id !== null && { accountId: row.operator_id }),
  ...(row.resets_factor && { resetsFactor: true }),
  expiresAt: row.expires_at,
  ...(row.used_at && { usedAt: row.used_at }),
})

async function add(
  tx: DbOrTransaction,
  { id, email, name, role, passwordHash }: NewAccount,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into operators (id, email, name, role, password_hash)
    values (${id}, ${email}, ${name}, ${role}, ${passwordHash}) on conflict (email) do nothing`.execute(tx)
  return Boolean(numAffectedRows)
}

/** Whether who changes something of an account is still signed in; what they were asked for took a while. */
export async function isStillHere(tx: DbOrTransaction, id: string, sessionId: string): Promise<boolean> {
  await holdAccount(tx, id)
  const { rows } = await sql`
    select from operator_sessions where id = ${sessionId} and operator_id = ${id}`.execute(tx)
  return rows.length > 0
}

async function setPassword(tx: DbOrTransaction, id: string, passwordHash: string, keepSession?: string) {
  if (keepSession !== undefined && !(await isStillHere(tx, id, keepSession))) return false
  const { numAffectedRows } = await sql`
    update operators set password_hash = ${passwordHash} where id = ${id}`.execute(tx)
  await sql`
    delete from operator_sessions
    where operator_id = ${id} and id is distinct from ${keepSession ?? null}::uuid`.execute(tx)
  return Boolean(numAffectedRows)
}

/** Resolves with the account that it was for, where it was for one; with nothing where it was used before. */
async function spend(tx: DbOrTransaction, inviteId: string) {
  const { rows } = await sql<{ account: string | null; resets_factor: boolean }>`
    update operator_invites set used_at = now() where id = ${inviteId} and used_at is null
    returning operator_id as account, resets_factor`.execute(tx)
  return rows[0]
}
