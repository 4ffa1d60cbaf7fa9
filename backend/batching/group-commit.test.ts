import { expect, test } from 'bun:test'
import { Problem } from '../problem.ts'
import { createGroupCommit, wakeTogether } from './group-commit.ts'

/** A commit that is finished by hand, and remembers its groups. */
function handCommit() {
  const groups: string[][] = []
  const finish: { done: () => void; fail: (error: Error) => void }[] = []
  return {
    groups,
    finish,
    commit: (items: readonly string[]) =>
      new Promise<string[]>((resolve, reject) => {
        groups.push([...items])
        finish.push({ done: () => resolve(items.map((item) => `${item}!`)), fail: reject })
      }),
  }
}

const limits = {
  itemsMax: 3,
  sizeMax: 100,
  inFlightMax: 1,
  waitingMax: 5,
  sizeOf: (item: string) => item.length,
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('an item that comes alone leaves at once, and those that come meanwhile leave together', async () => {
  const hand = handCommit()
  const group = createGroupCommit({ ...limits, commit: hand.commit })
  const first = group.add('a')
  await turn()
  const others = [group.add('b'), group.add('c')]
  await turn()
  expect(hand.groups).toEqual([['a']])
  hand.finish[0]!.done()
  expect(await first).toBe('a!')
  await turn()
  expect(hand.groups).toEqual([['a'], ['b', 'c']])
  hand.finish[1]!.done()
  expect(await Promise.all(others)).toEqual(['b!', 'c!'])
})

test('a group never holds more items or bytes than a commit may carry', async () => {
  const hand = handCommit()
  const group = createGroupCommit({ ...limits, commit: hand.commit })
  const all = ['a', 'b', 'c', 'd', 'x'.repeat(100)].map((item) => group.add(item))
  await turn()
  expect(hand.groups).toEqual([['a', 'b', 'c']])
  for (let index = 0; index < 3; index++) {
    hand.finish[index]!.done()
    await turn()
    await turn()
  }
  await Promise.all(all)
  expect(hand.groups.slice(1)).toEqual([['d'], ['x'.repeat(100)]])
})

test('full groups travel beside each other, and one with room left waits for company', async () => {
  const hand = handCommit()
  const group = createGroupCommit({ ...limits, inFlightMax: 2, waitingMax: 20, commit: hand.commit })
  const add = (items: string) => [...items].map((item) => group.add(item))
  const all = add('ab')
  await turn()
  all.push(...add('cd'))
  await turn()
  expect(hand.groups).toEqual([['a', 'b']])
  all.push(...add('efghijk'))
  await turn()
  expect(hand.groups).toEqual([
    ['a', 'b'],
    ['c', 'd', 'e'],
  ])
  for (let index = 0; index < 4; index++) {
    await turn()
    hand.finish[index]!.done()
    await turn()
  }
  expect(hand.groups.slice(2)).toEqual([
    ['f', 'g', 'h'],
    ['i', 'j', 'k'],
  ])
  await Promise.all(all)
})

test('an item larger than a group still leaves, alone', async () => {
  const hand = handCommit()
  const group = createGroupCommit({ ...limits, commit: hand.commit })
  void group.add('y'.repeat(500))
  await turn()
  expect(hand.groups).toHaveLength(1)
})

test('a full waiting room refuses at once and loses nobody who waits', async () => {
  const hand = handCommit()
  const group = createGroupCommit({ ...limits, commit: hand.commit })
  const taken = ['a', 'b', 'c', 'd', 'e'].map((item) => group.add(item))
  await expect(group.add('f')).rejects.toBeInstanceOf(Problem)
  await turn()
  hand.finish[0]!.done()
  await turn()
  await turn()
  hand.finish[1]!.done()
  expect(await Promise.all(taken)).toEqual(['a!', 'b!', 'c!', 'd!', 'e!'])
})

test('a commit that fails fails its own group only', async () => {
  const hand = handCommit()
  const group = createGroupCommit({ ...limits, commit: hand.commit })
  const first = group.add('a')
  await turn()
  const second = group.add('b')
  hand.finish[0]!.fail(new Error('lost'))
  await expect(first).rejects.toThrow('lost')
  await turn()
  hand.finish[1]!.done()
  expect(await second).toBe('b!')
})

test('those who need no result of their own wait for the commit of their group', async () => {
  const hand = handCommit()
  const group = createGroupCommit({ ...limits, commit: hand.commit })
  const [one, other] = [group.join('a'), group.join('b')]
  expect(one).toBe(other)
  await turn()
  expect(hand.groups).toEqual([['a', 'b']])
  hand.finish[0]!.fail(new Error('lost'))
  await expect(one).rejects.toThrow('lost')
})

test('with a gap, who comes right after a commit waits for company, and who comes after a pause does not', async () => {
  const hand = handCommit()
  const group = createGroupCommit({ ...limits, commit: hand.commit, gapMs: 20 })
  void group.add('a')
  await turn()
  hand.finish[0]!.done()
  const others = [group.add('b'), group.add('c')]
  await turn()
  expect(hand.groups).toEqual([['a']])
  while (hand.groups.length < 2) await turn()
  expect(hand.groups).toEqual([['a'], ['b', 'c']])
  hand.finish[1]!.done()
  await Promise.all(others)
})

test('groups that are woken together leave at the moment in which the first of them may', async () => {
  const wake = wakeTogether()
  const [soon, late] = [20, 600_000].map((gapMs) => {
    const hand = handCommit()
    return { hand, group: createGroupCommit({ ...limits, commit: hand.commit, gapMs, wake }) }
  })
  for (const { hand, group } of [soon!, late!]) {
    void group.add('a')
    await turn()
    hand.finish[0]!.done()
    await turn()
    void group.add('b')
  }
  expect(late!.hand.groups).toEqual([['a']])
  while (soon!.hand.groups.length < 2) await turn()
  expect(soon!.hand.groups).toEqual([['a'], ['b']])
  expect(late!.hand.groups).toEqual([['a'], ['b']])
})

test('what is more than one group holds does not wait for another gap', async () => {
  const hand = handCommit()
  const group = createGroupCommit({ ...limits, commit: hand.commit, gapMs: 600_000, inFlightMax: 2 })
  void group.add('a')
  await turn()
  for (const item of ['b', 'c', 'd', 'e']) void group.add(item)
  hand.finish[0]!.done()
  await turn()
  await turn()
  expect(hand.groups).toEqual([['a'], ['b', 'c', 'd']])
})

test('idle resolves when the last commit is done', async () => {
  const hand = handCommit()
  const group = createGroupCommit({ ...limits, commit: hand.commit })
  void group.add('a')
  let idle = false
  const waiting = group.idle().then(() => {
    idle = true
  })
  await turn()
  expect(idle).toBe(false)
  hand.finish[0]!.done()
  await waiting
  expect(group.waiting()).toBe(0)
})
