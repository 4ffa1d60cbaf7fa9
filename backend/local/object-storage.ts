import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DataDir } from './data-dir.ts'
import { type Choice, given, type Machine } from './machine.ts'
import { runServer, type Server, type ServerDeps } from './server.ts'

// MinIO publishes source only, and no tags that Go accepts: this is its last commit.
export const minioVersion = 'v0.0.0-20260212201848-7aac2a2c5b7c'

/** Where media are kept: S3_ENDPOINT, minio on PATH, MinIO from the cache or built with Go, or nowhere. */
export function chooseObjectStorage(machine: Machine): Choice<string> {
  const url = given(machine.env, 'S3_ENDPOINT')
  if (url) return { from: 'environment', url, how: 'S3_ENDPOINT' }
  const minio = machine.program('minio')
  if (minio) return { from: 'machine', server: minio, how: `MinIO on this machine (${minio})` }
  const version = minioVersion.split('-')[1]!.slice(0, 8)
  const binary = join(machine.cacheDir, `minio-${version}-${machine.platform}-${machine.arch}`, 'minio')
  const how = `MinIO ${version}, built here`
  if (machine.exists(binary)) return { from: 'machine', server: binary, how }
  const go = machine.program('go')
  if (go) return { from: 'install', install: { with: 'go', go, binary }, how }
  return {
    from: 'nowhere',
    how: 'no minio and no Go was found: install either of them, or set S3_ENDPOINT; the page shows its bundled picture',
  }
}

/** A running MinIO on the loopback address, with keys of its own. */
export async function startObjectStorage(
  deps: ServerDeps,
  input: { program: string; port: number },
): Promise<Server> {
  const folder = deps.dataDir.file('media')
  const keys = storageKeys(deps.dataDir)
  return runServer(deps, {
    name: 's3',
    title: 'Object storage',
    port: input.port,
    stopTimeoutMs: 10_000,
    env: {
      HOME: deps.dataDir.path,
      MINIO_ROOT_USER: keys.accessKey,
      MINIO_ROOT_PASSWORD: keys.secretKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    },
    command(port) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      return [input.program, 'server', '--quiet', '--address', `127.0.0.1:${port}`, folder]
    },
    async ping(port) {
      const answer = await fetch(`${storageUrl(port)}/minio/health/ready`, {
        signal: AbortSignal.timeout(2_000),
      })
      return answer.ok ? 'ready' : 'loading'
    },
  })
}

/** Where object storage listens. */
export const storageUrl = (port: number) => `http://127.0.0.1:${port}`

/** Settings of whoever only reads media, which everybody may. */
export const withoutStorageKey = {
  S3_ACCESS_KEY: '',
  S3_ACCESS_KEY_FILE: '',
  S3_SECRET_KEY: '',
  S3_SECRET_KEY_FILE: '',
}

/** The keys of this folder's object storage. */
export function storageKeys(dataDir: DataDir): { accessKey: string; secretKey: string } {
  return {
    accessKey: dataDir.secret('s3-access-key', () => 'landfast'),
    secretKey: dataDir.secret('s3-secret-key'),
  }
}
