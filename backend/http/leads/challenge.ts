import { Elysia } from 'elysia'
import type { ProofGate } from '../../leads/proof.ts'
import type { CorsRules } from '../request/cors.ts'
import { challengeDetail } from './openapi.ts'

export type ChallengeRouteDeps = Readonly<{ proofs: ProofGate; cors: CorsRules }>

/** Hands out challenges to whoever asks, whether a proof is required now or not: making one keeps nothing. */
export function challengeRoutes(deps: ChallengeRouteDeps) {
  return new Elysia().get(
    '/api/challenge',
    ({ request }) =>
      Response.json(deps.proofs.challenge(), {
        headers: { 'cache-control': 'no-store', ...deps.cors.corsHeaders(request.headers.get('origin')) },
      }),
    { detail: challengeDetail },
  )
}
