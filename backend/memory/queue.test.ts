import { replaysContract } from '../testing/contracts/replays.ts'
import { memoryQueue } from './queue.ts'

replaysContract('memory', async () => memoryQueue().replays)
