import { t } from 'elysia'
import { type Account, type AccountChange, type Accounts, readEmail } from '../../operators/account.ts'
import { type AuditAction, actorOf } from '../../operators/audit.ts'
import type { Elsewhere } from '../../operators/elsewhere.ts'
import { inviteLink, type ListedInvite, newInvite } from '../../operators/invite.ts'
import { whyNoPassword } from '../../operators/provider.ts'
import { isRole, roles } from '../../operators/rights.ts'
import type { Sessions } from '../../operators/session.ts'
import { InvalidFields, Problem } from '../../problem.ts'
import { jsonAnswer, problem } from '../docs/answers.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { adminTag, changeAnswers, jsonRequest } from './change.ts'
import { type OperatorDoorDeps, type OperatorVisit, operatorRoutes } from './door.ts'
import { fieldsOf, isUuid } from './fields.ts'
import { orUnavailable } from './or-unavailable.ts'

export type OperatorRouteDeps = Readonly<{
  door: OperatorDoorDeps
  accounts: Accounts
  sessions: Pick<Sessions, 'end'>
  elsewhere: Pick<Elsewhere, 'name'>
  publicUrl: string
  bodies?: SlowBodies
  nowMs(): number
}>

const root = '/api/admin/operators'
const noSession = '00000000-0000-0000-0000-000000000000'

/** Who the operators are: invited by a link, given a role, disabled. */
export function adminOperatorRoutes(deps: OperatorRouteDeps) {
  const { accounts } = deps
  const change = { right: 'operators.change', confirmed: true } as const

  const existing = async (id: string): Promise<Account> => {
    const found = isUuid(id) ? await orUnavailable(() => accounts.find(id)) : undefined
    if (!found) throw new Problem('not_found', 'There is no operator of this id.')
    return found
  }
  const linkFor = async (
    { operator }: Pick<OperatorVisit<string>, 'operator'>,
    what: Parameters<typeof newInvite>[0],
    action: AuditAction,
  ) => {
    const { text, kept } = newInvite(what, deps.nowMs())
    const { accountId, email, role, resetsFactor } = what
    const entry = {
      by: actorOf(operator),
      action,
      subject: accountId ?? kept.id,
      ...(accountId === undefined && { after: { email, role } }),
      ...(resetsFactor && { after: { second_factor: 'to be removed' } }),
    }
    await orUnavailable(() => accounts.invite(kept, entry))
    return { link: inviteLink(deps.publicUrl, text), expires_at: kept.expiresAt.toISOString() }
  }

  return operatorRoutes(deps.door)
    .get(root, { right: 'operators.read', detail: details.list }, () =>
      orUnavailable(async () => ({
        operators: (await accounts.list()).map(accountView),
        invites: (await accounts.invites(new Date(deps.nowMs())))
          .filter(({ accountId }) => accountId === undefined)
          .map(inviteView),
      })),
    )
    .post(root, { ...change, detail: details.invite }, async (visit) => {
      const { email: given, role } = await fieldsOf(visit, ['email', 'role'], deps.bodies)
      const email = readEmail(given)
      if (!email || !isRole(role))
        throw new InvalidFields({
          ...(!email && { email: ['invalid'] }),
          ...(!isRole(role) && { role: ['unknown'] }),
        })
      if (await orUnavailable(() => accounts.findByEmail(email)))
        throw new InvalidFields({ email: ['taken'] })
      return linkFor(visit, { email, role }, 'operator.invited')
    })
    .put(`${root}/:id`, { ...change, detail: details.change }, async (visit) => {
      const { role, disabled } = await fieldsOf(visit, ['role', 'disabled'], deps.bodies)
      if (role !== undefined && !isRole(role)) throw new InvalidFields({ role: ['unknown'] })
      if (disabled !== undefined && typeof disabled !== 'boolean')
        throw new InvalidFields({ disabled: ['not_a_boolean'] })
      const before = await existing(visit.params.id)
      const noted = { by: actorOf(visit.operator), subject: before.id }
      if (role !== undefined && role !== before.role) {
        const entry = { ...noted, before: { role: before.role }, after: { role } }
        demandChanged(
          await orUnavailable(() =>
            accounts.setRole(before.id, role, { ...entry, action: 'operator.role_changed' }),
          ),
        )
      }
      if (disabled !== undefined && disabled !== (before.disabledAt !== undefined)) {
        const action = disabled ? 'operator.disabled' : 'operator.enabled'
        demandChanged(
          await orUnavailable(() => accounts.setDisabled(before.id, disabled, { ...noted, action })),
        )
      }
      return { operator: accountView(await existing(before.id)) }
    })
    .post(`${root}/:id/reset`, { ...change, detail: details.reset }, async (visit) => {
      const { second_factor: factor } = await fieldsOf(visit, ['second_factor'], deps.bodies)
      if (factor !== undefined && typeof factor !== 'boolean')
        throw new InvalidFields({ second_factor: ['not_a_boolean'] })
      const account = await existing(visit.params.id)
      const because = whyNoPassword(account, deps.elsewhere.name)
      if (because !== undefined) throw new Problem('no_password', because)
      const { id, email, role } = account
      const what = { email, role, accountId: id, ...(factor && { resetsFactor: true as const }) }
      return linkFor(visit, what, 'operator.reset_begun')
    })
    .delete(`${root}/:id/sessions`, { ...change, detail: details.end }, async (visit) => {
      const { id } = await existing(visit.params.id)
      const entry = { by: actorOf(visit.operator), action: 'session.ended', subject: id } as const
      const ended = await orUnavailable(() => deps.sessions.end(id, { except: noSession }, entry))
      return { ended }
    })
    .delete(`${root}/invites/:id`, { ...change, detail: details.withdraw }, async (visit) => {
      const { id } = visit.params
      const entry = {
        by: actorOf(visit.operator),
        action: 'operator.invite_withdrawn',
        subject: id,
      } as const
      if (!isUuid(id) || !(await orUnavailable(() => accounts.withdrawInvite(id, entry))))
        throw new Problem('not_found', 'There is no open invite of this id.')
      return { withdrawn: id }
    }).routes
}

function demandChanged(came: AccountChange): void {
  if (came === 'unknown') throw new Problem('not_found', 'There is no operator of this id.')
  if (came === 'last_owner')
    throw new Problem('last_owner', 'This is the only owner there is: make another one first.')
}

const accountView = (account: Account) => ({
  id: account.id,
  email: account.email,
  name: account.name,
  role: account.role,
  disabled: account.disabledAt !== undefined,
  second_factor: account.hasSecondFactor,
  created_at: account.createdAt.toISOString(),
  seen_at: account.lastSeenAt?.toISOString() ?? null,
})
const inviteView = ({ id, email, role, expiresAt }: ListedInvite) => ({
  id,
  email: email ?? null,
  role,
  expires_at: expiresAt.toISOString(),
})

const aRole = t.Unsafe<string>({ type: 'string', enum: roles })
const aTimeOrNull = t.Union([t.String(), t.Null()])
const account = t.Object({
  id: t.String(),
  email: t.String(),
  name: t.String(),
  role: aRole,
  disabled: t.Boolean(),
  second_factor: t.Boolean(),
  created_at: t.String(),
  seen_at: aTimeOrNull,
})
const invite = t.Object({ id: t.String(), email: aTimeOrNull, role: aRole, expires_at: t.String() })
const unknown = jsonAnswer('There is none of this id', problem)
const link = jsonAnswer(
  'A link that is shown this once and can be used once, within a day',
  t.Object({ link: t.String(), expires_at: t.String() }),
)
const parameters = [
  {
    name: 'id',
    in: 'path' as const,
    required: true,
    schema: { type: 'string' as const, format: 'uuid' },
  },
]
const details = {
  list: {
    ...adminTag,
    operationId: 'listOperators',
    summary: 'Everybody who may sign in, and who was invited to',
    responses: {
      200: jsonAnswer(
        'Operators and open invites',
        t.Object({ operators: t.Array(account), invites: t.Array(invite) }),
      ),
    },
  },
  invite: {
    ...adminTag,
    operationId: 'inviteOperator',
    summary: 'Make the link by which somebody becomes an operator',
    requestBody: jsonRequest(t.Object({ email: t.String({ maxLength: 254 }), role: aRole }), {
      email: 'ben@example.com',
      role: 'caller',
    }),
    responses: { ...changeAnswers, 200: link },
  },
  change: {
    ...adminTag,
    parameters,
    operationId: 'changeOperator',
    summary: 'Give an operator another role, or keep them out; their sessions end',
    requestBody: jsonRequest(t.Object({ role: t.Optional(aRole), disabled: t.Optional(t.Boolean()) }), {
      role: 'manager',
    }),
    responses: {
      ...changeAnswers,
      200: jsonAnswer('The operator as they are now', t.Object({ operator: account })),
      404: unknown,
      409: jsonAnswer('`last_owner`: nobody else could let others in', problem),
    },
  },
  reset: {
    ...adminTag,
    parameters,
    operationId: 'resetOperator',
    summary: 'Make the link by which an operator sets a new password',
    description:
      'With `second_factor` the link also takes the second factor away, for whoever has lost their device and their recovery codes.',
    requestBody: jsonRequest(t.Object({ second_factor: t.Optional(t.Boolean()) }), {}),
    responses: {
      ...changeAnswers,
      200: link,
      404: unknown,
      409: jsonAnswer('`no_password`: they sign in at a provider, which has their password', problem),
    },
  },
  end: {
    ...adminTag,
    parameters,
    operationId: 'endSessionsOf',
    summary: 'Sign an operator out everywhere',
    responses: {
      200: jsonAnswer('So many sessions were ended', t.Object({ ended: t.Integer() })),
      404: unknown,
    },
  },
  withdraw: {
    ...adminTag,
    parameters,
    operationId: 'withdrawInvite',
    summary: 'Let a link be used no more',
    responses: {
      200: jsonAnswer('It cannot be used any more', t.Object({ withdrawn: t.String() })),
      404: unknown,
    },
  },
}
