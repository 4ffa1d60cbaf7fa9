import { limitWithBlocks } from './block-limit.ts'
import type { RateLimit } from './rate-limit.ts'

/**
 * Who asks to be forgotten does so once. One stranger, with all networks of a block, comes nowhere near what all together may ask:
 * else they would keep everybody out.
 */
export const eraseFormBuckets = {
  'erase-form': { perMinute: 0.2, burst: 5 },
  'erase-block': { perMinute: 1, burst: 30 },
  'erase-forms': { perMinute: 20, burst: 600 },
}

type Limits = Readonly<Record<'ofClient' | 'ofBlock' | 'ofAll', RateLimit>>

/** Takes one try of a client, and one of all, and answers the seconds to wait, or 0. */
export function eraseFormWait({ ofClient, ofBlock, ofAll }: Limits): (client: string) => number {
  const ofOne = limitWithBlocks(ofClient, ofBlock)
  return (client) => ofOne.take(client) || ofAll.take('')
}
