import { leadDeskContract } from '../testing/contracts/lead-desk.ts'
import { memoryDeskStage } from '../testing/stage/memory-desk.ts'

leadDeskContract('memory', async () => memoryDeskStage())
