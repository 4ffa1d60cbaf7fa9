import { assignmentsContract } from '../testing/contracts/assignments.ts'
import { liveChannelContract } from '../testing/contracts/live-channel.ts'
import { liveStoreContract } from '../testing/contracts/live-store.ts'
import { operatorKeysContract } from '../testing/contracts/operator-keys.ts'
import { memoryAssignments } from './assignments.ts'
import { memoryLiveChannel } from './live-channel.ts'
import { memoryLiveStore } from './live-store.ts'
import { memoryOperatorKeys } from './operator-keys.ts'

liveStoreContract('memory', async () => memoryLiveStore())
operatorKeysContract('memory', async () => memoryOperatorKeys())
assignmentsContract('memory', async () => {
  const assignments = memoryAssignments()
  return { one: assignments, other: assignments }
})
liveChannelContract('memory', async (reloads) => {
  const channel = memoryLiveChannel()
  const [first, ...others] = reloads.map((reload) => {
    const joined = channel.join()
    joined.onChange(reload)
    return joined
  })
  return [first!, ...others]
})
