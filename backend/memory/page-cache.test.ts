import { pageCacheContract } from '../testing/contracts/page-cache.ts'
import { memoryPageCache } from './page-cache.ts'

pageCacheContract('memory', async () => {
  const cache = memoryPageCache()
  return { one: cache, other: cache }
})
