import { pageCacheContract } from '../testing/page-cache.contract.ts'
import { memoryPageCache } from './page-cache.ts'

pageCacheContract('memory', async () => {
  const cache = memoryPageCache()
  return { one: cache, other: cache }
})
