import { actorOf } from '../../operators/audit.ts'
import type { Entered, Entry } from '../../operators/enter.ts'
import type { Person } from '../../operators/operator-key.ts'
import { expiresAtMs, isLive, type KeptSession, type Sessions } from '../../operators/session.ts'
import { Problem } from '../../problem.ts'
import type { ClientAddress } from '../request/client-ip.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { type OperatorDoorDeps, operatorRoutes, Reply } from './door.ts'
import { codeOf, fieldsOf, isUuid, textsOf } from './fields.ts'
import { orUnavailable } from './or-unavailable.ts'
import { ownView, personOf, whenceOf } from './own.ts'
import type { SessionCookies } from './session-cookie.ts'
import { details } from './session-openapi.ts'

export type SessionRouteDeps = Readonly<{
  door: OperatorDoorDeps
  entry: Entry
  sessions: Pick<Sessions, 'of' | 'end'>
  cookies: SessionCookies
  clientAddress: ClientAddress
  bodies?: SlowBodies
  nowMs(): number
}>

const root = '/api/admin/session'
const own = { right: 'account.own' } as const

/** How operators get in and out, and what they see of themselves. */
export function sessionRoutes(deps: SessionRouteDeps) {
  const { entry, cookies, bodies } = deps
  const whence = whenceOf(deps)
  const entered = ({ token, mark, operator }: Entered) =>
    new Reply(ownView(operator, deps.nowMs()), cookies.begin(token, mark))
  const entryOf = (person: Person, action: 'session.ended') =>
    ({
      by: actorOf({ ...person.account, rights: new Set(), person }),
      action,
      subject: person.account.id,
    }) as const

  return operatorRoutes(deps.door)
    .enter(root, { open: 'by what is sent', detail: details.signIn }, async (visit) => {
      const fields = await fieldsOf(visit, ['email', 'password', 'code'], bodies)
      const given = { ...textsOf(fields, ['email', 'password']), ...codeOf(fields) }
      return entered(await orUnavailable(() => entry.signIn(given, whence(visit))))
    })
    .enter('/api/admin/link', { open: 'by what is sent', detail: details.look }, async (visit) => {
      const { token } = textsOf(await fieldsOf(visit, ['token'], bodies), ['token'])
      const { email, role, accountId, resetsFactor, needsCode } = await orUnavailable(() =>
        entry.look(token, whence(visit)),
      )
      const isFor = accountId === undefined ? 'joining' : resetsFactor ? 'password_and_factor' : 'password'
      return { is_for: isFor, role, email: email ?? null, needs_code: needsCode }
    })
    .enter('/api/admin/link/use', { open: 'by what is sent', detail: details.use }, async (visit) => {
      const fields = await fieldsOf(visit, ['token', 'email', 'name', 'password', 'code'], bodies)
      const { email, name } = fields
      const given = { email, name, ...textsOf(fields, ['token', 'password']), ...codeOf(fields) }
      return entered(await orUnavailable(() => entry.accept(given, whence(visit))))
    })
    .get(root, { ...own, detail: details.who }, ({ operator }) => ownView(operator, deps.nowMs()))
    .delete(root, { ...own, detail: details.signOut }, async ({ operator }) => {
      const person = personOf(operator)
      await orUnavailable(() =>
        deps.sessions.end(person.account.id, { id: person.session.id }, entryOf(person, 'session.ended')),
      )
      return new Reply({ ended: 1 }, cookies.end())
    })
    .post(`${root}/confirmation`, { ...own, detail: details.confirm }, async (visit) => {
      const fields = await fieldsOf(visit, ['password', 'code'], bodies)
      const given = { ...textsOf(fields, ['password']), ...codeOf(fields) }
      return entered(await orUnavailable(() => entry.confirm(personOf(visit.operator), given, whence(visit))))
    })
    .put('/api/admin/password', { ...own, confirmed: true, detail: details.password }, async (visit) => {
      const fields = await fieldsOf(visit, ['current', 'password'], bodies)
      const given = textsOf(fields, ['current', 'password'])
      return entered(
        await orUnavailable(() => entry.changePassword(personOf(visit.operator), given, whence(visit))),
      )
    })
    .get('/api/admin/sessions', { ...own, detail: details.sessions }, async ({ operator }) => {
      const { account, session } = personOf(operator)
      const found = await orUnavailable(() => deps.sessions.of(account.id))
      const live = found.filter((each) => isLive(each, deps.nowMs()))
      return { sessions: live.map((each) => sessionView(each, session.id)) }
    })
    .delete(
      '/api/admin/sessions',
      { ...own, confirmed: true, detail: details.endOthers },
      async ({ operator }) => {
        const person = personOf(operator)
        const ended = await orUnavailable(() =>
          deps.sessions.end(
            person.account.id,
            { except: person.session.id },
            entryOf(person, 'session.ended'),
          ),
        )
        return { ended }
      },
    )
    .delete(
      '/api/admin/sessions/:id',
      { ...own, confirmed: true, detail: details.endOne },
      async ({ operator, params }) => {
        const person = personOf(operator)
        const ended = isUuid(params.id)
          ? await orUnavailable(() =>
              deps.sessions.end(person.account.id, { id: params.id }, entryOf(person, 'session.ended')),
            )
          : 0
        if (ended === 0) throw new Problem('not_found', 'There is no session of yours with this id.')
        return { ended }
      },
    ).routes
}

const sessionView = (session: KeptSession, ownId: string) => ({
  id: session.id,
  own: session.id === ownId,
  begun_at: session.begunAt.toISOString(),
  seen_at: session.seenAt.toISOString(),
  expires_at: new Date(expiresAtMs(session)).toISOString(),
  client: session.client,
  agent: session.agent,
})
