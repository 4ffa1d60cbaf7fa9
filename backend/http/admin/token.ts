import { t } from 'elysia'
import { type Audit, actorOf } from '../../operators/audit.ts'
import { keyIdOf } from '../../operators/operator-key.ts'
import { keyRights, type Right, type Rights } from '../../operators/rights.ts'
import { type Tokens, tokenLastsMs } from '../../operators/token.ts'
import { InvalidFields, Problem } from '../../problem.ts'
import { jsonAnswer, problem } from '../docs/answers.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { adminTag, changeAnswers, jsonRequest } from './change.ts'
import { type OperatorDoorDeps, operatorRoutes } from './door.ts'
import { fieldsOf } from './fields.ts'
import { spend } from './operator-budget.ts'
import { bearerOf } from './operator-key.ts'
import { orUnavailable } from './or-unavailable.ts'

export type TokenRouteDeps = Readonly<{
  door: OperatorDoorDeps
  tokens: Pick<Tokens, 'make'>
  audit: Pick<Audit, 'note'>
  bodies?: SlowBodies
}>

/** How a program gets a short-lived token for its key, to hand to what must not have the key itself. */
export function tokenRoutes({ door, tokens, audit, bodies }: TokenRouteDeps) {
  return operatorRoutes(door).enter(
    '/api/admin/token',
    { open: 'by what is sent', detail },
    async (visit, headers) => {
      // Neither a session nor a token makes one: whatever is made of a key ends within its quarter of an hour.
      if (!keyIdOf(bearerOf(visit.request)))
        throw new Problem('unauthorized', 'Send an operator key: `Authorization: Bearer lfk_…`.')
      const key = await door.gate(visit.request, visit.server)
      spend(door.budget, key, headers)
      const { rights: asked } = await fieldsOf(visit, ['rights'], bodies)
      const rights = asked === undefined ? key.rights : rightsOf(asked, key.rights)
      const { token, expiresAt } = tokens.make(key, rights)
      const after = { rights: [...rights] }
      await orUnavailable(() =>
        audit.note({ by: actorOf(key), action: 'token.made', subject: key.id, after }),
      )
      return {
        ...{ token, token_type: 'Bearer', expires_in: tokenLastsMs / 1000 },
        ...{ expires_at: expiresAt.toISOString(), rights: [...rights] },
      }
    },
  ).routes
}

/** @throws InvalidFields where the key has not all of them. */
function rightsOf(asked: unknown, may: Rights): Rights {
  if (!Array.isArray(asked) || asked.length === 0 || !asked.every((each) => may.has(each as Right)))
    throw new InvalidFields({ rights: ['not_of_the_key'] })
  return new Set(asked as Right[])
}

const right = t.Unsafe<string>({ type: 'string', enum: [...keyRights] })
const { 400: badInput, 413: tooLarge, 415: notJson } = changeAnswers
const detail = {
  ...adminTag,
  operationId: 'makeToken',
  summary: 'Make a token of a key, for a quarter of an hour',
  description:
    'A JWT that is sent in the place of the key. It counts while the key does, and only for what the key may still do; `rights` makes it for less.',
  security: [{ operatorKey: [] }],
  requestBody: jsonRequest(t.Object({ rights: t.Optional(t.Array(right)) }), { rights: ['flags.read'] }),
  responses: {
    ...{ 400: badInput, 413: tooLarge, 415: notJson },
    200: jsonAnswer(
      'The token, shown this once',
      t.Object({
        token: t.String(),
        token_type: t.Literal('Bearer'),
        expires_in: t.Integer(),
        expires_at: t.String(),
        rights: t.Array(right),
      }),
    ),
    401: jsonAnswer('No valid operator key', problem),
  },
}
