import { type AnyElysia, Elysia } from 'elysia'
import { type EraseAnswer, type EraseRequests, eraseAnswers } from '../../desk/erase-request.ts'
import { inAscii } from '../../leads/phone-text.ts'
import { Problem } from '../../problem.ts'
import { type Asked, answerProblem, type ProblemDeps } from '../problems.ts'
import { type ClientAddress, clientKey } from '../request/client-ip.ts'
import type { CorsRules } from '../request/cors.ts'
import { readForm } from '../request/form-body.ts'
import { readText, untilBodyCame } from '../request/json-body.ts'
import { onlyReads } from '../request/reads-only.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { queryOf } from '../request/target.ts'
import { eraseFormPage, isFormLanguage } from './erase-form-page.ts'

export type EraseFormDeps = Readonly<{
  eraseRequests: EraseRequests
  phoneKeyOf(typed: string): string | undefined
  /** Takes one try of a client, and one of all, and answers the seconds to wait, or 0. */
  eraseFormWait(client: string): number
  clientAddress: ClientAddress
  origins: Pick<CorsRules, 'originVerdict'>
  bodies?: SlowBodies
  problems: ProblemDeps
}>

const page = '/privacy/erase'
const action = '/api/privacy/erase'
const bodyBytesMax = 1_024

/**
 * Where people ask themselves to be forgotten, without a script. Whatever is known of the phone, the answer is the same and
 * comes of the same work: only an operator looks.
 */
export function eraseFormRoutes(deps: EraseFormDeps | undefined): AnyElysia {
  const routes = new Elysia()
  if (!deps) return routes
  const show = async ({ request }: Asked) => {
    onlyReads(request)
    const asked = Object.fromEntries(queryOf(request.url))
    const came = eraseAnswers.find((each) => each === asked.came)
    return eraseFormPage({
      action,
      page,
      came,
      language: asked.lang,
      accepts: request.headers.get('accept-language'),
    })
  }
  const take = async (asked: Asked) => {
    const { request, server } = asked
    try {
      const { headers } = request
      const from = [headers.get('origin'), headers.get('host'), headers.get('sec-fetch-site')] as const
      if (deps.origins.originVerdict(...from) === 'refused')
        throw new Problem('origin_not_allowed', 'Only the form of this site may ask for this.')
      if (Number(headers.get('content-length')) > bodyBytesMax) throw tooLarge()
      const text = await readText(request, server, tooLarge, deps.bodies)
      if (Buffer.byteLength(text) > bodyBytesMax) throw tooLarge()
      const { phone, lang } = readForm(text)
      const language = isFormLanguage(lang) ? lang : 'en'
      const came = await ask(
        deps,
        clientKey(deps.clientAddress(request, server)),
        String(phone ?? ''),
        language,
      )
      // A reload asks nothing again, and no phone stands in an address.
      return new Response(null, {
        status: 303,
        headers: { location: `${page}?lang=${language}&came=${came}`, 'cache-control': 'no-store' },
      })
    } catch (error) {
      await untilBodyCame(request, server, deps.bodies)
      return answerProblem(deps.problems, asked, error)
    }
  }
  return routes
    .get(page, show, { detail: { hide: true } })
    .head(page, show, { detail: { hide: true } })
    .post(action, take, { parse: 'none', detail: { hide: true } })
}

const tooLarge = () => new Problem('body_too_large', `The form may have ${bodyBytesMax} bytes.`)

async function ask(
  deps: EraseFormDeps,
  client: string,
  phone: string,
  language: string,
): Promise<EraseAnswer> {
  const phoneKey = phone.length <= 64 && !phone.includes('\0') ? deps.phoneKeyOf(phone) : undefined
  if (phoneKey === undefined) return 'phone'
  if (deps.eraseFormWait(client) > 0) return 'later'
  const lastDigits = inAscii(phone).replace(/\D/g, '').slice(-4)
  try {
    await deps.eraseRequests.ask({ phoneKey, lastDigits, language })
    return 'asked'
  } catch {
    return 'later'
  }
}
