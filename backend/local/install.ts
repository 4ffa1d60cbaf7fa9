import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { eachLine } from '../supervise.ts'
import type { Environment, Machine } from './machine.ts'

const progressMs = 15_000
const patienceMs = 10_000
const oldDraftMs = 3_600_000

/**
 * Installs the first of some packages that the distribution has, without starting its service. Cannot be
 * interrupted, because half an installation would need a person to repair it.
 * Rejects with one sentence when none could be installed.
 */
export async function installPackage(
  deps: { machine: Machine; log: (sentence: string) => void },
  input: { title: string; with: 'apt-get' | 'brew'; sudo?: boolean; packages: readonly string[] },
): Promise<void> {
  const { machine } = deps
  deps.log(`${input.title}: installing ${input.packages[0]} with ${input.with}`)
  const command =
    input.with === 'brew'
      ? ['brew', 'install', input.packages[0]!]
      : [...(input.sudo ? ['sudo', '-n'] : []), 'sh', '-c', aptScript, 'sh', ...input.packages]
  await run(deps, {
    title: `${input.title}: installing`,
    command,
    env: {
      ...machine.env,
      DEBIAN_FRONTEND: 'noninteractive',
      HOMEBREW_NO_AUTO_UPDATE: '1',
      // apt fetches as a user of its own, who may not enter a TMPDIR in somebody's home.
      TMPDIR: undefined,
    },
  })
}

// Packages of servers start their service at once and at every boot; policy-rc.d forbids the first, disable the second.
const aptScript = `
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get update
for package in "$@"; do
  if apt-get install -y --no-install-recommends "$package"; then
    if command -v systemctl > /dev/null; then systemctl disable "$package" > /dev/null 2>&1
    elif command -v update-rc.d > /dev/null; then update-rc.d "$package" disable > /dev/null 2>&1
    fi
    exit 0
  fi
done
exit 1
`

/**
 * Builds a Go program into the cache, one at a time and with the least priority.
 * Rejects with one sentence when the build fails.
 */
export async function buildGo(
  deps: { machine: Machine; log: (sentence: string) => void; stop: AbortSignal },
  input: { title: string; go: string; binary: string; about: string } & (
    | { module: string }
    | { folder: string }
  ),
): Promise<void> {
  const { machine, log } = deps
  log(`${input.title}: building ${input.about} with Go, once`)
  const folder = dirname(input.binary)
  mkdirSync(dirname(folder), { recursive: true })
  removeOldDrafts(folder)
  const draft = mkdtempSync(`${folder}.`)
  try {
    const flags = ['-v', '-trimpath', '-buildvcs=false', '-modcacherw', '-ldflags=-s -w']
    const go = [...niced(machine), input.go]
    const command =
      'module' in input
        ? [...go, 'install', ...flags, input.module]
        : [...go, 'build', ...flags, '-o', join(draft, basename(input.binary)), '.']
    await run(deps, {
      title: `${input.title}: building`,
      command,
      cwd: 'folder' in input ? input.folder : '/',
      env: {
        ...machine.env,
        CGO_ENABLED: '0',
        GOBIN: draft,
        // Without a home Go knows no place for its caches.
        ...(machine.env.HOME
          ? {}
          : { GOCACHE: join(machine.cacheDir, 'go-build'), GOPATH: join(machine.cacheDir, 'go') }),
      },
    })
    rmSync(folder, { recursive: true, force: true })
    renameSync(draft, folder)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** Removes drafts that a kill left beside a folder; one that is younger may be somebody's who still works on it. */
export function removeOldDrafts(folder: string): void {
  for (const name of readdirSync(dirname(folder))) {
    const path = join(dirname(folder), name)
    if (name.startsWith(`${basename(folder)}.`) && Date.now() - statSync(path).mtimeMs > oldDraftMs)
      rmSync(path, { recursive: true, force: true })
  }
}

function niced(machine: Machine): string[] {
  const nice = machine.program('nice')
  return nice ? [nice, '-n', '19'] : []
}

async function run(
  deps: { log: (sentence: string) => void; stop?: AbortSignal },
  input: { title: string; command: readonly string[]; env: Environment; cwd?: string },
): Promise<void> {
  const [program = '', ...args] = input.command
  const child = spawn(program, args, {
    env: input.env as NodeJS.ProcessEnv,
    cwd: input.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const signal = (name: NodeJS.Signals) => {
    try {
      if (child.pid) process.kill(-child.pid, name)
    } catch {
      // It ended by itself in the meantime.
    }
  }
  let killing: Timer | undefined
  const end = () => {
    signal('SIGTERM')
    killing = setTimeout(() => signal('SIGKILL'), patienceMs)
  }
  deps.stop?.addEventListener('abort', end)
  if (deps.stop?.aborted) end()
  const startedAt = Date.now()
  const last: string[] = []
  let lines = 0
  for (const stream of [child.stdout, child.stderr])
    eachLine(stream, (line) => {
      lines += 1
      last.push(line)
      if (last.length > 20) last.shift()
    })
  const progress = setInterval(
    () => deps.log(`${input.title}, ${Math.round((Date.now() - startedAt) / 1000)} s, ${lines} steps so far`),
    progressMs,
  )
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    if (deps.stop?.aborted) throw new Error('interrupted')
    if (code === 0) return
    const telling = last.findLast((line) => /error|cannot|unable|no space|requires|denied|fail/i.test(line))
    throw new Error((telling ?? last.at(-1) ?? `${program} ended with code ${code}`).trim())
  } finally {
    clearInterval(progress)
    clearTimeout(killing)
    deps.stop?.removeEventListener('abort', end)
  }
}
