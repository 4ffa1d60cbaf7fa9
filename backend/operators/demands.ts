import { Problem } from '../problem.ts'
import type { Account } from './account.ts'
import { type Audit, nobody } from './audit.ts'
import type { SecondFactor } from './second-factor.ts'

/** Where a request comes from: whom limits count, what may be kept of it, and whether this browser was let in before. */
export type Whence = Readonly<{
  key: string
  client: string
  agent: string
  /** The mark of the account that was signed in here before. */
  known?: string
}>

export type DemandDeps = Readonly<{
  audit: Audit
  factor: SecondFactor
  /** Each takes one try and answers the seconds to wait, or 0. */
  tries: Readonly<{
    /** Of one client, at whatever account. */
    ofClient(key: string): number
    /** Of one client at one account, or of all browsers that were let in to it before. */
    ofClientAt(key: string, email: string): number
    /** At one account, by everybody together who was never let in to it. */
    ofStrangersAt(email: string): number
    /** Of codes at one account, by browsers that were let in to it before, or by all others together. */
    ofCodes(accountId: string, isKnown: boolean): number
  }>
  /** Whether one more refusal at no account is written down: addresses can be made up without end. */
  mayNoteStranger(): boolean
  /** The mark that a browser keeps of an account it was let in to, which nobody else can make. */
  markOf(accountId: string): string
}>

/** What is asked of whoever wants in beside their password: not to try too often, and a code of their second factor. */
export function createDemands({ audit, factor, tries, mayNoteStranger, markOf }: DemandDeps) {
  const isKnown = (accountId: string, { known }: Whence) => known === markOf(accountId)

  async function noteRefused(
    whence: Whence,
    account: Account | undefined,
    because?: 'code' | 'password',
  ): Promise<void> {
    if (account || mayNoteStranger())
      await audit.note({
        by: nobody,
        action: 'session.refused',
        ...(account && { subject: account.id }),
        after: { client: whence.client, ...(because && { because }) },
      })
  }

  return {
    isKnown,
    noteRefused,

    /**
     * Whoever was let in to this account with this browser before is not kept out by what strangers try, not even by those
     * who share an address with them.
     */
    demandPatience(email: string, accountId: string | undefined, whence: Whence): void {
      demandRoom(
        accountId !== undefined && isKnown(accountId, whence)
          ? tries.ofClientAt('known', email)
          : tries.ofClient(whence.key) || tries.ofClientAt(whence.key, email) || tries.ofStrangersAt(email),
      )
    },

    /**
     * Asks whoever has a second factor for a code of it, which is used up by it. Ask only who has proved something else: a
     * refusal tells that the account has one.
     * @throws Problem `code_required`, `wrong_code` or `rate_limited`
     */
    async demandCode(account: Account, code: string | undefined, whence: Whence): Promise<void> {
      if (!account.hasSecondFactor) return
      if (!code) throw new Problem('code_required', 'Give a code of your second factor as well.')
      demandRoom(tries.ofCodes(account.id, isKnown(account.id, whence)))
      const { id, name } = account
      const byRecovery = {
        by: { kind: 'operator', id, name },
        action: 'second_factor.code_used',
        subject: id,
        after: { client: whence.client },
      } as const
      if (await factor.spend(account, code, byRecovery)) return
      await noteRefused(whence, account, 'code')
      throw new Problem('wrong_code', 'This code is not right, or it was used before.')
    },
  }
}

/** @throws Problem `rate_limited` where there is anything to wait for. */
export function demandRoom(waitS: number): void {
  if (waitS > 0)
    throw new Problem('rate_limited', 'Too many tries. Wait a moment, then try again.', {
      retryAfterS: waitS,
    })
}
