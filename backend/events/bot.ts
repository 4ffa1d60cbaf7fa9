import { isbot } from 'isbot'
import { remember } from '../remember.ts'

const rememberedMax = 2_000
const userAgentLengthMax = 512

/** Tells robots by their User-Agent. Browsers are few and visitors many, so answers are remembered. */
export function createBotCheck(): (userAgent: string | null) => boolean {
  const isOne = remember((userAgent) => isbot(userAgent.slice(0, userAgentLengthMax)), {
    ...{ max: rememberedMax, lengthMax: userAgentLengthMax },
  })
  return (userAgent) => !userAgent || isOne(userAgent)
}
