import { expect, test } from 'bun:test'
import { eraseFormBuckets, eraseFormWait } from './erase-form.ts'
import { createRateLimit } from './rate-limit.ts'

test('no stranger keeps others from asking to be forgotten, whatever networks they have, for a day long', () => {
  let nowMs = 0
  const [ofClient, ofBlock, ofAll] = Object.values(eraseFormBuckets).map((bucket) =>
    createRateLimit({ ...bucket, now: () => nowMs }),
  )
  const wait = eraseFormWait({ ofClient: ofClient!, ofBlock: ofBlock!, ofAll: ofAll! })
  let taken = 0
  for (let minute = 0; minute < 24 * 60; minute++, nowMs += 60_000)
    for (let each = 0; each < 40; each++) {
      const network = (minute * 40 + each).toString(16)
      if (wait(`2001:db8:5:${network}::/64`) === 0) taken++
      if (each === 0) expect(wait(`198.51.${minute >> 8}.${minute & 255}`)).toBe(0)
    }
  expect(taken).toBeLessThanOrEqual(30 + 24 * 60)
})
