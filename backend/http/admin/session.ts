import { actorOf } from '../../operators/audit.ts'
import type { Entered, Entry, Whence } from '../../operators/enter.ts'
import type { Operator, Person } from '../../operators/operator-key.ts'
import { expiresAtMs, isConfirmed, isLive, type KeptSession, type Sessions } from '../../operators/session.ts'
import { Problem } from '../../problem.ts'
import type { Asked } from '../problems.ts'
import { type ClientAddress, clientKey, maskAddress } from '../request/client-ip.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { type OperatorDoorDeps, operatorRoutes, Reply } from './door.ts'
import { fieldsOf, isUuid, textsOf } from './fields.ts'
import { orUnavailable } from './or-unavailable.ts'
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
  const whenceOf = ({ request, server }: Asked): Whence => {
    const address = deps.clientAddress(request, server)
    const { mark } = cookies.read(request)
    return {
      key: clientKey(address),
      client: maskAddress(address),
      agent: request.headers.get('user-agent') ?? '',
      ...(mark !== undefined && { known: mark }),
    }
  }
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
      const fields = await fieldsOf(visit, ['email', 'password'], bodies)
      return entered(
        await orUnavailable(() => entry.signIn(textsOf(fields, ['email', 'password']), whenceOf(visit))),
      )
    })
    .enter('/api/admin/link', { open: 'by what is sent', detail: details.look }, async (visit) => {
      const { token } = textsOf(await fieldsOf(visit, ['token'], bodies), ['token'])
      const { email, role, accountId } = await orUnavailable(() => entry.look(token))
      return { is_for: accountId === undefined ? 'joining' : 'password', role, email: email ?? null }
    })
    .enter('/api/admin/link/use', { open: 'by what is sent', detail: details.use }, async (visit) => {
      const fields = await fieldsOf(visit, ['token', 'email', 'name', 'password'], bodies)
      const given = { ...fields, ...textsOf(fields, ['token', 'password']) }
      return entered(await orUnavailable(() => entry.accept(given, whenceOf(visit))))
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
      const { password } = textsOf(await fieldsOf(visit, ['password'], bodies), ['password'])
      return entered(
        await orUnavailable(() => entry.confirm(personOf(visit.operator), password, whenceOf(visit))),
      )
    })
    .put('/api/admin/password', { ...own, detail: details.password }, async (visit) => {
      const fields = await fieldsOf(visit, ['current', 'password'], bodies)
      const given = textsOf(fields, ['current', 'password'])
      return entered(
        await orUnavailable(() => entry.changePassword(personOf(visit.operator), given, whenceOf(visit))),
      )
    })
    .get('/api/admin/sessions', { ...own, detail: details.sessions }, async ({ operator }) => {
      const { account, session } = personOf(operator)
      const found = await orUnavailable(() => deps.sessions.of(account.id))
      const live = found.filter((each) => isLive(each, deps.nowMs()))
      return { sessions: live.map((each) => sessionView(each, session.id)) }
    })
    .delete('/api/admin/sessions', { ...own, detail: details.endOthers }, async ({ operator }) => {
      const person = personOf(operator)
      const ended = await orUnavailable(() =>
        deps.sessions.end(person.account.id, { except: person.session.id }, entryOf(person, 'session.ended')),
      )
      return { ended }
    })
    .delete('/api/admin/sessions/:id', { ...own, detail: details.endOne }, async ({ operator, params }) => {
      const person = personOf(operator)
      const ended = isUuid(params.id)
        ? await orUnavailable(() =>
            deps.sessions.end(person.account.id, { id: params.id }, entryOf(person, 'session.ended')),
          )
        : 0
      if (ended === 0) throw new Problem('not_found', 'There is no session of yours with this id.')
      return { ended }
    }).routes
}

/** Only people have accounts, and the right to one. */
function personOf({ person }: Operator): Person {
  if (!person) throw new Problem('forbidden', 'A key has no account of its own.')
  return person
}

function ownView({ rights, ...operator }: Operator, nowMs: number) {
  const { account, session } = personOf({ rights, ...operator })
  return {
    operator: { id: account.id, name: account.name, email: account.email, role: account.role },
    rights: [...rights],
    confirmed: isConfirmed(session, nowMs),
    expires_at: new Date(expiresAtMs(session)).toISOString(),
  }
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
