import { readdirSync, readFileSync } from 'node:fs'

/** One process as /proc tells of it. `cpuUs` holds its own time and that of its children that have ended. */
export type ProcessStat = Readonly<{ pid: number; parent: number; cpuUs: number }>

/** How long the machine's cores have worked, and how long they had nothing to do but wait for a disk. */
export type MachineStat = Readonly<{ busyUs: number; waitingUs: number }>

// Linux tells user programs of a hundredth of a second, whatever its own clock does.
const usPerTick = 10_000

/** Reads the text of /proc/PID/stat. The name of a process may hold spaces and brackets, so it is passed over. */
export function parseProcessStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // From the third field on: state, parent, …; 14 to 17 are user, system, and both of ended children.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return { pid: Number.parseInt(text, 10), parent: Number(fields[1]), cpuUs: ticks * usPerTick }
}

/** Reads the text of /proc/stat. */
export function parseMachineStat(text: string): MachineStat {
  const ticks = (/^cpu +(.*)$/m.exec(text)?.[1] ?? '').split(' ').slice(0, 8).map(Number)
  const total = ticks.reduce((sum, each) => sum + each, 0)
  const [idle = 0, waiting = 0] = ticks.slice(3)
  return { busyUs: (total - idle - waiting) * usPerTick, waitingUs: waiting * usPerTick }
}

/** The CPU time of a process and of all that descend from it. */
export function treeCpuUs(stats: readonly ProcessStat[], root: number): number {
  const family = new Set([root])
  for (let found = -1; found !== family.size; ) {
    found = family.size
    for (const { pid, parent } of stats) if (family.has(parent)) family.add(pid)
  }
  return stats.filter(({ pid }) => family.has(pid)).reduce((sum, { cpuUs }) => sum + cpuUs, 0)
}

export type Cpu = Readonly<{ machine: MachineStat; ofUs: Readonly<Record<string, number>> }>

/** The CPU time so far of the machine, and of each of these processes, or of several as one, with their children. Zeros without /proc. */
export function readCpu(
  pids: Readonly<Record<string, number | undefined | readonly (number | undefined)[]>>,
): Cpu {
  const stats = readdirOrNone('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const text = readOrNone(`/proc/${pid}/stat`)
      return text === undefined ? [] : [parseProcessStat(text)]
    })
  return {
    machine: parseMachineStat(readOrNone('/proc/stat') ?? ''),
    ofUs: Object.fromEntries(
      Object.entries(pids).map(([name, given]) => [
        name,
        [given].flat().reduce<number>((sum, pid) => sum + (pid === undefined ? 0 : treeCpuUs(stats, pid)), 0),
      ]),
    ),
  }
}

const calmCores = 0.25
const calmLookMs = 1_000

/** Resolves after a second in which cores and disk were nearly idle, or when the deadline has passed. */
export async function untilCalm(deadlineMs: number): Promise<void> {
  const deadline = performance.now() + deadlineMs
  const used = () => {
    const { busyUs, waitingUs } = readCpu({}).machine
    return busyUs + waitingUs
  }
  while (performance.now() < deadline) {
    const before = used()
    await Bun.sleep(calmLookMs)
    if (used() - before < calmCores * calmLookMs * 1000) return
  }
}

const readdirOrNone = (folder: string) => orNone(() => readdirSync(folder)) ?? []
// A process may end between the listing and the reading.
const readOrNone = (path: string) => orNone(() => readFileSync(path, 'utf8'))

function orNone<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
