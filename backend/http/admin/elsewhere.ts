import { t } from 'elysia'
import { begunLastsS, type Elsewhere } from '../../operators/elsewhere.ts'
import { InvalidFields } from '../../problem.ts'
import { jsonAnswer, problem } from '../docs/answers.ts'
import type { ClientAddress } from '../request/client-ip.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { adminTag, changeAnswers, jsonRequest } from './change.ts'
import { type OperatorDoorDeps, operatorRoutes, Reply } from './door.ts'
import { fieldsOf, textsOf } from './fields.ts'
import { orUnavailable } from './or-unavailable.ts'
import { ownView, whenceOf } from './own.ts'
import type { SessionCookies } from './session-cookie.ts'
import { own } from './session-openapi.ts'

export type ElsewhereRouteDeps = Readonly<{
  door: OperatorDoorDeps
  elsewhere: Elsewhere
  cookies: SessionCookies
  clientAddress: ClientAddress
  bodies?: SlowBodies
  nowMs(): number
}>

const root = '/api/admin/elsewhere'
const open = 'by what is sent'

/**
 * Signing in at a provider of identities. People come back to a page of the desk, which sends their query here: so what the
 * browser kept meanwhile is sent by our own pages alone.
 */
export function elsewhereRoutes(deps: ElsewhereRouteDeps) {
  const { elsewhere, cookies, bodies } = deps
  const whence = whenceOf(deps)

  return operatorRoutes(deps.door)
    .tell(root, { open, detail: details.name }, () => ({ name: elsewhere.name ?? null }))
    .enter(root, { open, detail: details.begin }, async (visit) => {
      const { again } = await fieldsOf(visit, ['again'], bodies)
      if (again !== undefined && typeof again !== 'boolean')
        throw new InvalidFields({ again: ['not_a_boolean'] })
      const { url, kept } = await elsewhere.begin(again ?? false)
      return new Reply({ url }, [cookies.elsewhere(kept, begunLastsS)])
    })
    .enter(`${root}/use`, { open, detail: details.use }, async (visit) => {
      const { query } = textsOf(await fieldsOf(visit, ['query'], bodies), ['query'], queryLengthMax)
      const { elsewhere: kept, token } = cookies.read(visit.request)
      const { operator, ...entered } = await orUnavailable(() =>
        elsewhere.finish(query, kept, token, whence(visit)),
      )
      return new Reply(ownView(operator, deps.nowMs()), [
        ...cookies.begin(entered.token, entered.mark),
        cookies.elsewhere('', 0),
      ])
    }).routes
}

const queryLengthMax = 8_192
const { 400: badInput, 413: tooLarge, 415: notJson } = changeAnswers
const bodyAnswers = { 400: badInput, 413: tooLarge, 415: notJson }
const none = jsonAnswer('No provider is set', problem)
const details = {
  name: {
    ...adminTag,
    operationId: 'getProvider',
    summary: 'Where people may sign in as well, or nothing',
    responses: {
      200: jsonAnswer('Its name', t.Object({ name: t.Union([t.String(), t.Null()]) })),
    },
  },
  begin: {
    ...adminTag,
    operationId: 'beginElsewhere',
    summary: 'Begin to sign in at the provider',
    description: 'With `again` people sign in there once more, also where they still are: for what is grave.',
    requestBody: jsonRequest(t.Object({ again: t.Optional(t.Boolean()) }), {}),
    responses: {
      ...bodyAnswers,
      200: jsonAnswer('Where to go; a cookie keeps what the answer must fit', t.Object({ url: t.String() })),
      404: none,
    },
  },
  use: {
    ...adminTag,
    operationId: 'finishElsewhere',
    summary: 'Sign in by what the provider sent back',
    requestBody: jsonRequest(t.Object({ query: t.String({ maxLength: queryLengthMax }) }), {
      query: '?code=x&state=y',
    }),
    responses: {
      ...bodyAnswers,
      200: own,
      401: jsonAnswer(
        '`wrong_credentials`: not begun in this browser, too long ago, or used before',
        problem,
      ),
      403: jsonAnswer('`no_role`: the claim makes nothing of them; or a page of another origin', problem),
      404: none,
      409: jsonAnswer(
        '`has_password`: their address has an account that this provider did not make',
        problem,
      ),
    },
  },
}
