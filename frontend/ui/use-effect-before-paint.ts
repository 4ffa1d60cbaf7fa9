import { useEffect, useLayoutEffect } from 'react'

/**
 * `useLayoutEffect` where there is something to paint. Where the page is drawn for the build neither of the two runs,
 * and React would warn of the one that cannot, at each page.
 */
export const useEffectBeforePaint = typeof document === 'undefined' ? useEffect : useLayoutEffect
