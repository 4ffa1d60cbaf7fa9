import { mediaContract } from '../testing/contracts/media.ts'
import { memoryMedia } from './media.ts'

mediaContract('memory', async () => memoryMedia())
