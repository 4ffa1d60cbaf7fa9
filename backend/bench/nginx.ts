import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isFree } from '../local/ports.ts'
import { sameUser } from '../testing/stage/nginx.ts'

/** A page as it was answered. */
export type ServedPage = Readonly<{ headers: Headers; body: Uint8Array }>

/** nginx as it serves a file best: one process, as there is one API process; sendfile, no access log. */
export async function startNginx(
  program: string,
  input: { folder: string; page: ServedPage },
): Promise<{ origin: string; pid: number; stop(): Promise<void> }> {
  const folder = join(input.folder, 'nginx')
  mkdirSync(join(folder, 'page'), { recursive: true, mode: 0o755 })
  writeFileSync(join(folder, 'page', 'index.html'), input.page.body, { mode: 0o644 })
  let port = 32_000
  while (!(await isFree(port))) port++
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration(folder, port, input.page.headers))
  const child = Bun.spawn([program, '-e', join(folder, 'error.log'), '-c', file], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
  })
  const origin = `http://127.0.0.1:${port}`
  while (
    !(await fetch(origin).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null)
      throw new Error(`nginx ended with ${child.exitCode}; see ${folder}/error.log`)
    await Bun.sleep(20)
  }
  return {
    origin,
    pid: child.pid,
    async stop() {
      child.kill('SIGTERM')
      await child.exited
    },
  }
}

// What nginx says itself, and what belongs to one visitor alone.
const ofTheServer = new Set(['content-length', 'content-type', 'date', 'etag', 'set-cookie', 'connection'])

function configuration(folder: string, port: number, pageHeaders: Headers): string {
  const headers = [...pageHeaders]
    .filter(([name]) => !ofTheServer.has(name))
    .map(([name, value]) => `    add_header ${name} ${JSON.stringify(value)};`)
    .join('\n')
  const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path "${folder}/${name}";`)
    .join('\n')
  return `${sameUser()}daemon off;
worker_processes 1;
pid "${folder}/nginx.pid";
error_log "${folder}/error.log" error;
events { worker_connections 4096; }
http {
${scratch}
  types { text/html html; }
  charset utf-8;
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root "${folder}/page";
${headers}
  }
}
`
}
