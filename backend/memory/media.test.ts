import { mediaContract } from '../testing/media.contract.ts'
import { memoryMedia } from './media.ts'

mediaContract('memory', async () => memoryMedia())
