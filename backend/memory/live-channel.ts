import { withDeadline } from '../deadline.ts'
import type { LiveChannel } from '../live/ports.ts'

/** A channel between processes of one test: each `join` is the channel as another process holds it. */
export function memoryLiveChannel() {
  const followers: (() => Promise<number>)[] = []
  const channel = {
    away: false,
    join(): LiveChannel {
      return {
        onChange: (reload) => followers.push(reload),
        async announce(version, deadlineMs) {
          if (channel.away) throw new Error('the channel is away')
          const follows = await Promise.all(
            followers.map((reload) => withDeadline(reload(), deadlineMs, 'a reload').catch(() => -1)),
          )
          return {
            listening: followers.length,
            following: follows.filter((found) => found >= version).length,
          }
        },
      }
    },
  }
  return channel
}
