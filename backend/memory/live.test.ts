import { assignmentsContract } from '../testing/contracts/assignments.ts'
import { configChannelContract } from '../testing/contracts/config-channel.ts'
import { liveStoreContract } from '../testing/contracts/live-store.ts'
import { operatorKeysContract } from '../testing/contracts/operator-keys.ts'
import { memoryAssignments } from './assignments.ts'
import { memoryConfigChannel } from './config-channel.ts'
import { memoryLiveStore } from './live-config.ts'
import { memoryOperatorKeys } from './operator-keys.ts'

liveStoreContract('memory', async () => memoryLiveStore())
operatorKeysContract('memory', async () => memoryOperatorKeys())
assignmentsContract('memory', async () => {
  const assignments = memoryAssignments()
  return { one: assignments, other: assignments }
})
configChannelContract('memory', async (reloads) => {
  const channel = memoryConfigChannel()
  const [first, ...others] = reloads.map((reload) => {
    const joined = channel.join()
    joined.onChange(reload)
    return joined
  })
  return [first!, ...others]
})
