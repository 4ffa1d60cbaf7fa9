import { installPackage } from '../../local/install.ts'
import { type Machine, packageManager } from '../../local/machine.ts'

/** The nginx of the tests, or the sentence that says why there is none. */
export type Nginx = Readonly<{ path?: string; how: string }>

/** Finds nginx, or installs it where that needs no question; its service is not started. */
export async function haveNginx(
  deps: Readonly<{ machine: Machine; log: (sentence: string) => void }>,
): Promise<Nginx> {
  const { machine } = deps
  const found = () => machine.program('nginx')
  const given = machine.env.NGINX_PATH
  if (given) return { path: given, how: 'NGINX_PATH' }
  const manager = packageManager(machine)
  if (!found() && manager) {
    const packages = manager.with === 'apt-get' ? ['nginx-light', 'nginx'] : ['nginx']
    try {
      await installPackage(deps, { title: 'nginx', ...manager, packages })
    } catch (error) {
      deps.log(`nginx: ${(error as Error).message}`)
    }
  }
  const path = found()
  return path ? { path, how: path } : { how: 'no nginx was found or could be installed' }
}

/** Has the workers run as whoever starts nginx: those of root would be a user who may not enter a TMPDIR in root's home. */
export const sameUser = () => (process.getuid?.() === 0 ? 'user root;\n' : '')
