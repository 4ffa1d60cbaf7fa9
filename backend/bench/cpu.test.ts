import { expect, test } from 'bun:test'
import { parseMachineStat, parseProcessStat, readCpu, treeCpuUs } from './cpu.ts'

const line = (
  pid: number,
  name: string,
  parent: number,
  [user, system, usersOfEnded, systemOfEnded]: number[],
) =>
  `${pid} (${name}) S ${parent} 1 1 0 -1 4194560 9 9 0 0 ${user} ${system} ${usersOfEnded} ${systemOfEnded} 20 0 1 0 5`

test('a process is read however it is called', () => {
  const stat = parseProcessStat(line(42, 'odd) name (S 7', 7, [3, 4, 5, 6]))
  expect(stat).toEqual({ pid: 42, parent: 7, cpuUs: 180_000 })
})

test('the machine is busy with all but idling and waiting for the disk', () => {
  const text = 'cpu  10 1 20 300 40 5 6 8 99 99\ncpu0 1 2 3 4 5 6 7 8 9 10\n'
  expect(parseMachineStat(text)).toEqual({ busyUs: 500_000, waitingUs: 400_000 })
})

test('a server counts with its children and theirs, and with nobody else', () => {
  const stats = [
    { pid: 12, parent: 11, cpuUs: 4 },
    { pid: 11, parent: 10, cpuUs: 2 },
    { pid: 10, parent: 1, cpuUs: 1 },
    { pid: 20, parent: 1, cpuUs: 100 },
  ]
  expect(treeCpuUs(stats, 10)).toBe(7)
  expect(treeCpuUs(stats, 20)).toBe(100)
  expect(treeCpuUs(stats, 99)).toBe(0)
})

test('a process that is not there has used nothing', () => {
  expect(readCpu({ none: undefined }).ofUs).toEqual({ none: 0 })
})
