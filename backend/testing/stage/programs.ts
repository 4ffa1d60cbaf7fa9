import { installPackage } from '../../local/install.ts'
import { type Machine, packageManager } from '../../local/machine.ts'

/** Programs beside the services that a test may need, each with the setting that names one, and the packages that have it. */
export const programs = {
  nginx: { setting: 'NGINX_PATH', apt: ['nginx-light', 'nginx'], brew: 'nginx' },
  pgbouncer: { setting: 'PGBOUNCER_PATH', apt: ['pgbouncer'], brew: 'pgbouncer' },
  // With a server of its version, which the tests that need it start: it dumps none that is newer.
  pg_dump: { setting: 'PG_DUMP_PATH', apt: ['postgresql'], brew: 'postgresql' },
  // promtool comes with it, and amtool with the next.
  prometheus: { setting: 'PROMETHEUS_PATH', apt: ['prometheus'], brew: 'prometheus' },
  'prometheus-alertmanager': {
    setting: 'ALERTMANAGER_PATH',
    apt: ['prometheus-alertmanager'],
    brew: 'alertmanager',
  },
  faketime: { setting: 'FAKETIME_PATH', apt: ['faketime'], brew: 'libfaketime' },
} as const
export type ProgramName = keyof typeof programs
export const programNames = Object.keys(programs) as ProgramName[]

/** A program of the tests, or the sentence that says why there is none. */
export type Program = Readonly<{ path?: string; how: string }>

/** Finds a program, or installs it where that needs no question; its service is not started. */
export async function haveProgram(
  name: ProgramName,
  deps: Readonly<{ machine: Machine; log: (sentence: string) => void }>,
): Promise<Program> {
  const { machine } = deps
  const { setting, apt, brew } = programs[name]
  const found = () => machine.program(name)
  const given = machine.env[setting]
  if (given) return { path: given, how: setting }
  const manager = packageManager(machine)
  if (!found() && manager) {
    const packages = manager.with === 'apt-get' ? apt : [brew]
    try {
      await installPackage(deps, { title: name, ...manager, packages })
    } catch (error) {
      deps.log(`${name}: ${(error as Error).message}`)
    }
  }
  const path = found()
  return path ? { path, how: path } : { how: `no ${name} was found or could be installed` }
}

/** Where the test runner found a program. @throws Error in a test that does not declare that it needs it. */
export function pathOfProgram(name: ProgramName): string {
  const { setting } = programs[name]
  const path = process.env[setting]
  if (!path) throw new Error(`${setting} is not set: run tests with ${name} with \`bun run test\``)
  return path
}
