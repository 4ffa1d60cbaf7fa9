import { t } from 'elysia'
import { attributionFields, attributionLengthMax } from '../../leads/attribution.ts'
import { proofLengthMax } from '../../leads/challenge.ts'
import { correctsKeyLengthMin, correctsMax } from '../../leads/correction.ts'
import {
  consentLengthMax,
  consentPattern,
  fastBelowMs,
  honeypotField,
  languageLengthMax,
  languagePattern,
} from '../../leads/details.ts'
import { typedLengthMax } from '../../leads/phone.ts'
import { idempotencyKeyLengthMax, idempotencyKeyPattern } from '../../leads/submission.ts'
import { wordLengthMax, wordPattern } from '../../words/word.ts'
import { inputAnswer, jsonAnswer, keptAs, laterAnswer, problem } from '../docs/answers.ts'
import { bodyBytesMax } from './admission.ts'

const attribution = Object.fromEntries(
  attributionFields.map((name) => [name, keptAs(t.String({ maxLength: attributionLengthMax(name) }))]),
)

// Whatever people type between digits is taken.
const typedPhone = {
  minLength: 1,
  maxLength: typedLengthMax,
  pattern: '^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]*$',
}

const submissionSchema = t.Object({
  phone: t.String({
    ...typedPhone,
    description:
      'Digits of any script, with whatever people write between them. Without DEFAULT_REGION 10 to 15 digits with an optional leading + (`^\\+?[0-9]{10,15}$` once what stands between is gone), and 00 in its place is refused with `use_plus_prefix`. With it whatever may be a number of that region or, behind + or 00, of another, 7 to 15 digits in E.164. An extension is left out.',
    examples: ['+98 912 123 4567'],
  }),
  variant: keptAs(
    t.String({
      maxLength: wordLengthMax,
      pattern: wordPattern.source,
      description: 'What the visitor was shown: a word such as `hero.b`.',
    }),
  ),
  ...attribution,
  first_touch: keptAs(
    t.Object(attribution, {
      description:
        'Where the visitor came from the first time; a form posts `first_utm_source` and so on instead.',
    }),
  ),
  language: keptAs(
    t.String({
      maxLength: languageLengthMax,
      // Without the flag that lets capitals pass.
      pattern: languagePattern.source.replaceAll('a-z', 'A-Za-z'),
      description: 'What the page was read in, as a BCP 47 tag.',
      examples: ['fa'],
    }),
  ),
  consent: keptAs(
    t.String({
      maxLength: consentLengthMax,
      pattern: consentPattern.source,
      description: 'Version of the consent text that the visitor agreed to: letters, digits, `.`, `_`, `-`.',
      examples: ['2026-11'],
    }),
  ),
  [honeypotField]: keptAs(
    t.String({
      maxLength: bodyBytesMax,
      description:
        'A field that people do not see. Filled, the lead is marked suspect; the text is not kept.',
    }),
  ),
  elapsed_ms: keptAs(
    t.Unsafe<number>({
      type: 'integer',
      minimum: 0,
      description: `Milliseconds from showing the form to sending it. Below ${fastBelowMs} the lead is marked suspect.`,
    }),
  ),
  corrects: keptAs(
    t.Array(
      t.Object({
        phone: t.String(typedPhone),
        key: t.String({
          minLength: correctsKeyLengthMin,
          maxLength: idempotencyKeyLengthMax,
          pattern: idempotencyKeyPattern.source,
          description: 'The Idempotency-Key it was sent with.',
        }),
      }),
      {
        maxItems: correctsMax,
        description:
          'Earlier leads of the same visitor that this one takes the place of. Each is kept, marked as corrected by this one, and its phone may be submitted again.',
      },
    ),
  ),
  proof: keptAs(
    t.String({
      maxLength: proofLengthMax,
      pattern: '^[A-Za-z0-9_-]*$',
      description: 'A solved challenge, where submissions need one.',
    }),
  ),
})

const uuid = '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$'

/** What the API document says of the submission routes. */
export const submitDetail = {
  tags: ['leads'],
  operationId: 'submitLead',
  summary: 'Submit a phone number',
  description:
    'A 202 means the lead is durable. Only the phone can be refused: what is unusable in the other fields is left out. Also at `/api/leads/` and `/api/submit`. A form post whose Accept holds text/html is answered with 303 to the page, and a refused one with the page itself under the status of the refusal.',
  parameters: [
    {
      name: 'Idempotency-Key',
      in: 'header' as const,
      required: false,
      description: 'The same key with the same phone gets the original answer again.',
      schema: keptAs(
        t.String({ maxLength: idempotencyKeyLengthMax, pattern: idempotencyKeyPattern.source }),
      ) as object,
    },
  ],
  requestBody: {
    required: true,
    content: {
      'application/json': { schema: submissionSchema, example: { phone: '+989121234567' } },
      'application/x-www-form-urlencoded': { schema: submissionSchema },
    },
  },
  responses: {
    202: jsonAnswer(
      'Kept',
      t.Object({
        ok: t.Literal(true),
        queued: t.Literal(true),
        duplicate: t.Literal(false),
        id: t.String({ format: 'uuid' }),
      }),
    ),
    200: jsonAnswer(
      'The phone was already submitted within the window',
      t.Object({ ok: t.Literal(true), duplicate: t.Literal(true) }),
    ),
    303: { description: 'A form post from a browser: the page to show' },
    400: inputAnswer('A field breaks a rule, or the body is not JSON', { phone: ['invalid_phone'] }),
    403: jsonAnswer('Sent from a page on an origin that is not listed, or `proof_required`', problem),
    413: jsonAnswer(`More than ${bodyBytesMax} bytes`, problem),
    415: jsonAnswer('Neither JSON nor form-encoded', problem),
    429: laterAnswer('Too many from this address'),
    503: laterAnswer('Nothing could take it; nothing was kept'),
  },
}

export const challengeDetail = {
  tags: ['leads'],
  operationId: 'getChallenge',
  summary: 'A challenge for a proof of work',
  description: `Needed while submissions are answered with 403 \`proof_required\`. Find the number from 0 to \`max\` for which the SHA-256 of \`salt\` followed by the number, in hex, is \`challenge\`. The base64url of \`{"salt","number","expires_at","signature"}\` is then the \`proof\` of one submission. Sending that again with the same phone and Idempotency-Key is fine.`,
  responses: {
    200: jsonAnswer(
      'A new challenge',
      t.Object({
        algorithm: t.Literal('SHA-256'),
        salt: t.String({ pattern: '^[A-Za-z0-9_-]{22}$' }),
        challenge: t.String({ pattern: '^[0-9a-f]{64}$', description: 'In hex' }),
        max: t.Unsafe<number>({ type: 'integer' }),
        expires_at: t.String({ format: 'date-time' }),
        signature: t.String({ pattern: '^[0-9a-f]{32}$' }),
      }),
    ),
  },
}

export const statusDetail = {
  tags: ['leads'],
  operationId: 'leadStatus',
  summary: 'Where a lead is now',
  parameters: [
    {
      name: 'id',
      in: 'path' as const,
      required: true,
      schema: { type: 'string' as const, format: 'uuid', pattern: uuid },
      description: 'The id that a 202 gave',
    },
  ],
  responses: {
    200: jsonAnswer(
      'queued, stored or quarantined',
      t.Object({
        id: t.String({ format: 'uuid' }),
        status: t.Union([t.Literal('queued'), t.Literal('stored'), t.Literal('quarantined')]),
      }),
    ),
    404: jsonAnswer('No such lead', problem),
    503: laterAnswer('Cannot be read just now'),
  },
}
