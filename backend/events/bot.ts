import { isbot } from 'isbot'

const rememberedMax = 2_000
const userAgentLengthMax = 512

/** Tells robots by their User-Agent. Browsers are few and visitors many, so answers are remembered. */
export function createBotCheck(): (userAgent: string | null) => boolean {
  const known = new Map<string, boolean>()
  return (userAgent) => {
    if (!userAgent) return true
    const found = known.get(userAgent)
    if (found !== undefined) return found
    const name = userAgent.slice(0, userAgentLengthMax)
    if (known.size >= rememberedMax) known.clear()
    const bot = isbot(name)
    if (name.length === userAgent.length) known.set(name, bot)
    return bot
  }
}
