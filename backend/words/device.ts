import { remember } from '../remember.ts'

/** What a visitor looks at a page with, in one word. */
export const devices = ['phone', 'tablet', 'computer', 'other'] as const
export type Device = (typeof devices)[number]

const rememberedMax = 2_000
const userAgentLengthMax = 512

const television =
  /\b(?:smart-?tv|appletv|googletv|hbbtv|bravia|aft[a-z]{1,4}|crkey|web0s|tizen.*tv|playstation|xbox|nintendo)\b/i
const tablet = /\b(?:ipad|playbook|kindle|silk)\b|\btablet\b(?! pc)|\bandroid\b(?!.*\bmobile\b)/i
const phone = /mobi|\bip(?:hone|od)\b|\bopera mini\b|\bwindows phone\b|\bblackberry\b|\bandroid\b/i
const computer = /\bwindows\b|\bmacintosh\b|\bx11\b|\bcros\b|\blinux\b/i

/**
 * Tells devices by their User-Agent alone: browsers that hide what they are leave "Mobile" in it where, and only where, their
 * hint `Sec-CH-UA-Mobile` says so. Browsers are few and visitors many, so answers are remembered. Undefined where none was sent.
 */
export function createDeviceReader(): (userAgent: string | null) => Device | undefined {
  const read = remember((userAgent) => deviceIn(userAgent.slice(0, userAgentLengthMax)), {
    ...{ max: rememberedMax, lengthMax: userAgentLengthMax },
  })
  return (userAgent) => (userAgent ? read(userAgent) : undefined)
}

function deviceIn(userAgent: string): Device {
  if (television.test(userAgent)) return 'other'
  if (phone.test(userAgent) && !tablet.test(userAgent)) return 'phone'
  if (tablet.test(userAgent)) return 'tablet'
  return computer.test(userAgent) ? 'computer' : 'other'
}
