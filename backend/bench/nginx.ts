import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isFree } from '../local/ports.ts'
import { sameUser } from '../testing/stage/nginx.ts'

/** nginx as it serves a file best: one process, as there is one API process; sendfile, no access log. */
export async function startNginx(
  program: string,
  input: { folder: string; page: Uint8Array },
): Promise<{ origin: string; pid: number; stop(): Promise<void> }> {
  const folder = join(input.folder, 'nginx')
  mkdirSync(join(folder, 'page'), { recursive: true, mode: 0o755 })
  writeFileSync(join(folder, 'page', 'index.html'), input.page, { mode: 0o644 })
  let port = 32_000
  while (!(await isFree(port))) port++
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration(folder, port))
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

function configuration(folder: string, port: number): string {
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
  }
}
`
}
