import { blockOf } from './client-block.ts'
import type { RateLimit } from './rate-limit.ts'

/** A limit by client, and behind it one by the IPv6 block that somebody may have got whole. */
export function limitWithBlocks(ofClient: RateLimit, ofBlock: RateLimit): RateLimit {
  return {
    take(client, count) {
      const clientS = ofClient.take(client, count)
      if (clientS > 0) return clientS
      const block = blockOf(client)
      return block === undefined ? 0 : ofBlock.take(block, count)
    },
    async sync() {
      await Promise.all([ofClient.sync(), ofBlock.sync()])
    },
    start() {
      ofClient.start()
      ofBlock.start()
    },
    stop() {
      ofClient.stop()
      ofBlock.stop()
    },
  }
}
