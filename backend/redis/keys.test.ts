import { describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { shardOf } from '../leads/shard.ts'
import { keysOfShard, plainKeys, slotOf, tagsOfTwelve } from './keys.ts'

const slots = 16_384

/** The slot of a tag as a cluster computes it: CRC-16 (XMODEM) of what stands between the braces. */
function slotOfTag(tag: string): number {
  let crc = 0
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc % slots
}

const twelve = Array.from({ length: 12 }, (_, index) => ({ index, count: 12 }))

describe('the tags of twelve shards', () => {
  test('are these for ever: they are in the names of what is kept', () => {
    expect(tagsOfTwelve.map(([tag]) => tag).join(' ')).toBe(
      's0.10 s1.3 s2 s3.54 s4.11 s5.12 s6.10 s7.2 s8.52 s9.2 s10.23 s11.19',
    )
  })

  test('fall into one twelfth of the slots each, so that 3, 4, 6 and 12 masters get the same number', () => {
    for (const [index, [tag, slot]] of tagsOfTwelve.entries()) {
      expect(slotOfTag(tag)).toBe(slot)
      expect(Math.floor((slot * 12) / slots)).toBe(index)
      expect(slotOf({ index, count: 12 })).toBe(slot)
    }
    for (const masters of [3, 4, 6, 12]) {
      const counts = new Map<number, number>()
      for (const [, slot] of tagsOfTwelve) {
        const master = Math.floor((slot * masters) / slots)
        counts.set(master, (counts.get(master) ?? 0) + 1)
      }
      expect([...counts.values()]).toEqual(Array.from({ length: masters }, () => 12 / masters))
    }
  })
})

test('where there is one shard, keys are named as they always were', () => {
  const { claim, known, home, aside, logShare, queues } = plainKeys
  expect({ claim, known, home, aside, logShare, queues, wait: plainKeys.queue('wait') }).toEqual({
    claim: 'claim:',
    known: 'landfast:known',
    home: 'landfast:installation',
    aside: 'landfast:aside',
    logShare: 'landfast:log-share',
    queues: 'bull',
    wait: 'bull:leads:wait',
  })
  expect(plainKeys.events('wait')).toBe('bull:events:wait')
  expect(plainKeys.owns(randomBytes(16).toString('hex'))).toBe(true)
})

test('every key of a shard bears its tag, behind a prefix that the users of Redis know', () => {
  for (const shard of twelve) {
    const keys = keysOfShard(shard)
    const tag = `{${tagsOfTwelve[shard.index]![0]}}`
    const all = [
      ...[`${keys.claim}0123`, keys.known, keys.home, keys.aside, keys.logShare],
      ...[keys.queue('wait'), keys.events('wait'), keys.own('written')],
    ]
    for (const key of all) expect(key).toMatch(/^(?:claim|landfast|bull):/)
    for (const key of all) expect(key).toContain(tag)
  }
})

test('a phone belongs to one shard, by the first 32 bits of its key', () => {
  expect(shardOf('ffffffff000000000000000000000000', 12)).toBe(0xffffffff % 12)
  for (let each = 0; each < 200; each++) {
    const phoneKey = randomBytes(16).toString('hex')
    const owners = twelve.filter((shard) => keysOfShard(shard).owns(phoneKey))
    expect(owners.map(({ index }) => index)).toEqual([shardOf(phoneKey, 12)])
    expect(shardOf(phoneKey, 1)).toBe(0)
  }
})
