import { t } from 'elysia'
import type { Entry } from '../../operators/enter.ts'
import type { SecondFactor } from '../../operators/second-factor.ts'
import { jsonAnswer, problem } from '../docs/answers.ts'
import type { ClientAddress } from '../request/client-ip.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { adminTag, changeAnswers, jsonRequest } from './change.ts'
import { type OperatorDoorDeps, operatorRoutes, Reply } from './door.ts'
import { fieldsOf, textsOf } from './fields.ts'
import { orUnavailable } from './or-unavailable.ts'
import { ownView, personOf, whenceOf } from './own.ts'
import type { SessionCookies } from './session-cookie.ts'
import { own } from './session-openapi.ts'

export type SecondFactorRouteDeps = Readonly<{
  door: OperatorDoorDeps
  entry: Pick<Entry, 'setFactor' | 'renewCodes' | 'removeFactor'>
  factor: Pick<SecondFactor, 'find' | 'begin'>
  cookies: SessionCookies
  clientAddress: ClientAddress
  bodies?: SlowBodies
  nowMs(): number
}>

const root = '/api/admin/second-factor'
const seen = { right: 'account.own' } as const
const grave = { right: 'account.own', confirmed: true } as const

/** The second factor of whoever asks: a device that makes codes, and recovery codes for the day it is lost. */
export function secondFactorRoutes(deps: SecondFactorRouteDeps) {
  const { entry, factor, cookies, bodies } = deps
  const whence = whenceOf(deps)

  return operatorRoutes(deps.door)
    .get(root, { ...seen, detail: details.look }, async ({ operator }) => {
      const kept = await orUnavailable(() => factor.find(personOf(operator).account.id))
      return { on: kept !== undefined, codes_left: kept?.codesLeft ?? 0 }
    })
    .post(root, { ...grave, detail: details.begin }, async (visit) => {
      await fieldsOf(visit, [], bodies)
      return factor.begin(personOf(visit.operator).account)
    })
    .put(root, { ...grave, detail: details.set }, async (visit) => {
      const names = ['enrolment', 'code'] as const
      const given = textsOf(await fieldsOf(visit, names, bodies), names)
      const { codes, operator, token, mark } = await orUnavailable(() =>
        entry.setFactor(personOf(visit.operator), given, whence(visit)),
      )
      return new Reply(
        { ...ownView(operator, deps.nowMs()), recovery_codes: codes },
        cookies.begin(token, mark),
      )
    })
    .post(`${root}/codes`, { ...grave, detail: details.codes }, async (visit) => {
      await fieldsOf(visit, [], bodies)
      return { recovery_codes: await orUnavailable(() => entry.renewCodes(personOf(visit.operator))) }
    })
    .delete(root, { ...grave, detail: details.remove }, async (visit) => {
      const { operator, token, mark } = await orUnavailable(() =>
        entry.removeFactor(personOf(visit.operator), whence(visit)),
      )
      return new Reply(ownView(operator, deps.nowMs()), cookies.begin(token, mark))
    }).routes
}

const { 400: badInput, 413: tooLarge, 415: notJson } = changeAnswers
const bodyAnswers = { 400: badInput, 413: tooLarge, 415: notJson }
const none = jsonAnswer('There is no second factor', problem)
const codes = jsonAnswer(
  'Recovery codes, shown this once; each can be used once, in the place of a code of the device',
  t.Object({ recovery_codes: t.Array(t.String()) }),
)
const details = {
  look: {
    ...adminTag,
    operationId: 'getSecondFactor',
    summary: 'Whether one has a second factor, and how many recovery codes are left',
    responses: { 200: jsonAnswer('What there is', t.Object({ on: t.Boolean(), codes_left: t.Integer() })) },
  },
  begin: {
    ...adminTag,
    operationId: 'beginSecondFactor',
    summary: 'Make what a device needs to make codes; nothing is kept until a code of it comes back',
    requestBody: jsonRequest(t.Object({}), {}),
    responses: {
      ...bodyAnswers,
      200: jsonAnswer(
        'For the device, and what to send back with its first code within 15 minutes',
        t.Object({ secret: t.String(), uri: t.String(), enrolment: t.String() }),
      ),
    },
  },
  set: {
    ...adminTag,
    operationId: 'setSecondFactor',
    summary: 'Set the second factor that was begun, and end every other session',
    requestBody: jsonRequest(
      t.Object({ enrolment: t.String({ maxLength: 1_024 }), code: t.String({ maxLength: 64 }) }),
      {
        enrolment: 'as it was answered',
        code: '123456',
      },
    ),
    responses: { ...bodyAnswers, 200: own },
  },
  codes: {
    ...adminTag,
    operationId: 'renewRecoveryCodes',
    summary: 'Make new recovery codes in the place of all others',
    requestBody: jsonRequest(t.Object({}), {}),
    responses: { ...bodyAnswers, 200: codes, 404: none },
  },
  remove: {
    ...adminTag,
    operationId: 'removeSecondFactor',
    summary: 'Remove the second factor, and end every other session',
    responses: { 200: own, 404: none },
  },
}
