/**
 * What API and worker are started with beside their settings; the image sets the same.
 *
 * Whenever it has nothing to do, Bun gives back to the system the free pieces inside pages of memory that are still in use.
 * Under load that is after every group of answers, and the next request takes each of them again, a page fault each. Whole
 * pages are given back all the same.
 */
export const partEnvironment = { MIMALLOC_PURGE_HOLES: '0' } as const
