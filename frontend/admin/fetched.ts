import { Refused } from './api.ts'

/**
 * A part of the desk that comes when it is opened. Where it does not, its build may be gone, and the router loads the page anew to
 * get another; without a network that would be the end of the page, so that is said in its place.
 */
export const fetched =
  <Part>(part: () => Promise<Part>) =>
  (): Promise<Part> =>
    part().catch(async (error) => {
      const isReached = await fetch('/admin/', { method: 'HEAD', cache: 'no-store' }).then(
        () => true,
        () => false,
      )
      throw isReached ? error : new Refused(0, 'offline')
    })
