import { bulkContract } from '../testing/contracts/lead-bulks.ts'
import { memoryDeskStage } from '../testing/stage/memory-desk.ts'
import { memoryBulks } from './lead-bulks.ts'

bulkContract('memory', async () => {
  const stage = memoryDeskStage()
  return { ...stage, bulks: memoryBulks(stage.desk, stage.audit.note) }
})
