import { Elysia, t } from 'elysia'
import { languageLengthMax } from '../../leads/details.ts'
import { Problem, unavailable } from '../../problem.ts'
import { wordLengthMax, wordPattern } from '../../words/word.ts'
import { inputAnswer, jsonAnswer, keptAs, laterAnswer, problem } from '../docs/answers.ts'
import { type Asked, answerProblem, type ProblemDeps } from '../problems.ts'
import type { CorsRules } from '../request/cors.ts'
import { inItsCoding, readJsonBody, untilBodyCame } from '../request/json-body.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import type { BuiltPages } from './built-page.ts'
import type { PageDoor } from './door.ts'

export type ShownRouteDeps = Readonly<{ cors: CorsRules; bodies?: SlowBodies; problems: ProblemDeps }>

/** What a page that was loaded ahead says of itself once somebody looks at it: anything, as it was sent. */
export type ToldPage = Readonly<{ word: string; language: string; url: string; referrer: string }>

/** An address with the parameters of a campaign, and the one before it. */
const bodyBytesMax = 16 * 1024

/** Where a page that was loaded ahead tells that it is looked at: from then on its visitor is one. */
export function shownRoutes(deps: ShownRouteDeps, built: BuiltPages, door: PageDoor) {
  return new Elysia().post('/api/shown', (asked) => answer(deps, built, door, asked), {
    parse: 'none',
    detail,
  })
}

async function answer(
  deps: ShownRouteDeps,
  built: BuiltPages,
  door: PageDoor,
  asked: Asked,
): Promise<Response> {
  const { request, server } = asked
  try {
    const { headers } = request
    const verdict = deps.cors.originVerdict(
      headers.get('origin'),
      headers.get('host'),
      headers.get('sec-fetch-site'),
    )
    // The cookies are those of the page itself: nobody else is to have them set.
    if (verdict !== 'none' && verdict !== 'same')
      throw new Problem('origin_not_allowed', 'Only the page itself tells that it is looked at.')
    const told = toldIn(await readJsonBody(request, server, bodyBytesMax, deps.bodies))
    const response = door.shown(await built.current(), request, server, told)
    if (!response) throw unavailable('Nothing is known yet of what the page shows.')
    return response
  } catch (error) {
    await untilBodyCame(request, server, deps.bodies)
    return answerProblem(deps.problems, asked, inItsCoding(request, error))
  }
}

function toldIn(body: unknown): ToldPage {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : '')
  return { word: text('word'), language: text('language'), url: text('url'), referrer: text('referrer') }
}

const text = keptAs(t.String({ maxLength: bodyBytesMax }))

const detail = {
  tags: ['page'],
  operationId: 'pageShown',
  summary: 'A page that was loaded ahead is looked at',
  description:
    'Browsers load and draw pages before anybody opens them. Such a page is given without cookies and counts nobody; when it is looked at, its script says so here, once. The visitor then gets the cookies and is exposed to what the page shows. Who has cookies already keeps them.',
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: keptAs(
          t.Object({
            word: keptAs(t.String({ maxLength: wordLengthMax, pattern: wordPattern.source })),
            language: keptAs(t.String({ maxLength: languageLengthMax })),
            url: text,
            referrer: text,
          }),
        ) as object,
        example: { word: 'hero.b', language: 'en', url: '/en?utm_campaign=spring', referrer: '' },
      },
    },
  },
  responses: {
    204: { description: 'Noted; the cookies come with it' },
    400: inputAnswer('The body is not JSON', {}),
    403: jsonAnswer('Sent from a page on another origin', problem),
    413: jsonAnswer('More than 16 KB', problem),
    415: jsonAnswer('Not JSON', problem),
    503: laterAnswer('It is not known yet what operators decided'),
  },
}
