import { t } from 'elysia'
import { passwordLengthMax, passwordLengthMin } from '../../operators/password.ts'
import { rights, roles } from '../../operators/rights.ts'
import { jsonAnswer, problem } from '../docs/answers.ts'
import { adminTag, changeAnswers, jsonRequest } from './change.ts'

const oneOf = (names: readonly string[]) => t.Unsafe<string>({ type: 'string', enum: names })
const email = t.String({ maxLength: 254, format: 'email' })
const password = t.String({ minLength: passwordLengthMin, maxLength: passwordLengthMax })
const anyPassword = t.String({ maxLength: 1_024 })
const code = t.Optional(
  t.String({
    maxLength: 64,
    description: 'Of the second factor, where there is one: from the device, or a recovery code',
  }),
)
const token = t.String({
  pattern: '^[A-Za-z0-9_-]{43}$',
  description: 'What stands behind the # of the link',
})
const { 400: badInput, 413: tooLarge, 415: notJson } = changeAnswers
const bodyAnswers = { 400: badInput, 413: tooLarge, 415: notJson }
const ended = jsonAnswer('So many were ended', t.Object({ ended: t.Integer() }))
const wrong = jsonAnswer(
  '`wrong_credentials`: the same whatever was wrong. Where the password is right and there is a second factor: `code_required`, or `wrong_code`, which a code is that was used before',
  problem,
)
const over = jsonAnswer('`link_over`: it was used, its day is over, or there is no such link', problem)

export const own = jsonAnswer(
  'Who is signed in. A cookie carries the session; its token is new',
  t.Object({
    operator: t.Object({
      id: t.String(),
      name: t.String(),
      email: t.String(),
      role: oneOf(roles),
      second_factor: t.Boolean(),
      elsewhere: t.Boolean({ description: 'Signs in at the provider, and has no password here' }),
    }),
    rights: t.Array(oneOf(Object.keys(rights))),
    confirmed: t.Boolean({ description: 'The password was asked for within the last 15 minutes' }),
    expires_at: t.String(),
  }),
)
const session = t.Object({
  id: t.String(),
  own: t.Boolean({ description: 'The one that asks' }),
  begun_at: t.String(),
  seen_at: t.String(),
  expires_at: t.String(),
  client: t.String({ description: 'The network it was begun from' }),
  agent: t.String({ description: 'What its browser calls itself' }),
})
const idParameter = {
  name: 'id',
  in: 'path' as const,
  required: true,
  schema: { type: 'string' as const, format: 'uuid' },
}

/** What the routes of sessions say of themselves. */
export const details = {
  signIn: {
    ...adminTag,
    operationId: 'signIn',
    summary: 'Sign in',
    description:
      'The answer and its time are the same for an address that nobody has and for a wrong password. Whoever tries too often waits; nobody else does, and never a browser that was let in to the account before.',
    requestBody: jsonRequest(t.Object({ email, password: anyPassword, code }), {
      email: 'ann@example.com',
      password: 'four random words here',
    }),
    responses: { ...bodyAnswers, 200: own, 401: wrong },
  },
  look: {
    ...adminTag,
    operationId: 'lookAtLink',
    summary: 'What a link is for',
    requestBody: jsonRequest(t.Object({ token }), { token: 'x'.repeat(43) }),
    responses: {
      ...bodyAnswers,
      200: jsonAnswer(
        'To join, or to set a new password',
        t.Object({
          is_for: oneOf(['joining', 'password', 'password_and_factor']),
          role: oneOf(roles),
          email: t.Union([t.String(), t.Null()]),
          needs_code: t.Boolean({ description: 'The account has a second factor, and the link leaves it' }),
        }),
      ),
      410: over,
    },
  },
  use: {
    ...adminTag,
    operationId: 'useLink',
    summary: 'Join by a link, or set a new password by it',
    requestBody: jsonRequest(
      t.Object({
        token,
        password,
        name: t.Optional(t.String({ maxLength: 64 })),
        email: t.Optional(email),
        code,
      }),
      { token: 'x'.repeat(43), name: 'Ann', email: 'ann@example.com', password: 'four random words here' },
    ),
    responses: { ...bodyAnswers, 200: own, 401: wrong, 410: over },
  },
  who: {
    ...adminTag,
    operationId: 'getSession',
    summary: 'Who is signed in, and what they may do',
    responses: { 200: own },
  },
  signOut: { ...adminTag, operationId: 'signOut', summary: 'Sign out', responses: { 200: ended } },
  confirm: {
    ...adminTag,
    operationId: 'confirmSession',
    summary: 'Give the password once more, and a code where there is a second factor, for what is grave',
    requestBody: jsonRequest(t.Object({ password: anyPassword, code }), {
      password: 'four random words here',
    }),
    responses: { ...bodyAnswers, 200: own, 401: wrong },
  },
  password: {
    ...adminTag,
    operationId: 'changePassword',
    summary: 'Set a new password, and end every other session',
    requestBody: jsonRequest(t.Object({ current: anyPassword, password }), {
      current: 'four random words here',
      password: 'four other words there',
    }),
    responses: { ...bodyAnswers, 200: own, 401: wrong },
  },
  sessions: {
    ...adminTag,
    operationId: 'listSessions',
    summary: 'Where one is signed in',
    responses: { 200: jsonAnswer('The sessions', t.Object({ sessions: t.Array(session) })) },
  },
  endOthers: {
    ...adminTag,
    operationId: 'endOtherSessions',
    summary: 'Sign out everywhere else',
    responses: { 200: ended },
  },
  endOne: {
    ...adminTag,
    parameters: [idParameter],
    operationId: 'endSession',
    summary: "End one session of one's own",
    responses: { 200: ended, 404: jsonAnswer('There is none of this id', problem) },
  },
}
