import { cpus } from 'node:os'

const windowMs = 500

/**
 * Tells what part of this machine's cores was idle lately, 0 to 1: what can wait leaves the rest to leads. It looks at
 * most twice a second.
 */
export function createIdleCores(nowMs = () => performance.now()): () => number {
  let before = readTimes()
  let atMs = nowMs()
  let idle = 1
  return () => {
    if (nowMs() - atMs < windowMs) return idle
    const now = readTimes()
    const passed = now.all - before.all
    if (passed > 0) idle = (now.idle - before.idle) / passed
    before = now
    atMs = nowMs()
    return idle
  }
}

function readTimes(): Readonly<{ idle: number; all: number }> {
  let [idle, all] = [0, 0]
  for (const { times } of cpus()) {
    idle += times.idle
    all += times.user + times.nice + times.sys + times.irq + times.idle
  }
  return { idle, all }
}
