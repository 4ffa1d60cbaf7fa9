import { type LeadOutcome, type Submission, type SubmitDeps, submitLead } from './leads.ts'

export type SendDeps = SubmitDeps &
  Readonly<{
    /** Does the work that the API asks for. Undefined when that cannot be done now. */
    prove: () => Promise<string | undefined>
    /** Submissions need a proof of work, as far as is known. The API may ask for one at any time. */
    needsProof: boolean
  }>

/** A way to send a submission, with a proof of work from the time on that the API asks for one. */
export function createSend(deps: SendDeps): (submission: Submission) => Promise<LeadOutcome> {
  let { needsProof } = deps
  return async (submission) => {
    const outcome = await submitLead(deps, submission, needsProof ? await deps.prove() : undefined)
    if (outcome.kind !== 'proof_required') return outcome
    needsProof = true
    return submitLead(deps, submission, await deps.prove())
  }
}
