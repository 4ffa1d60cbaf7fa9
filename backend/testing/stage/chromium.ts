import { chromium } from 'playwright-core'
import { installPackage } from '../../local/install.ts'
import { type Machine, packageManager } from '../../local/machine.ts'
import { run } from '../runner/step.ts'

/** The browser of the end-to-end tests, or the sentence that says why there is none and what to run. */
export type Browser = Readonly<{ path: string; how: string } | { path?: undefined; how: string }>

type Deps = Readonly<{ machine: Machine; log: (sentence: string) => void; stop: AbortSignal }>

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Finds Chromium, or installs it where that needs no question: from Debian, else Playwright's own. */
export async function haveChromium(deps: Deps): Promise<Browser> {
  const { machine } = deps
  const given = machine.env.CHROMIUM_PATH
  if (given)
    return works(machine, given)
      ? { path: given, how: 'CHROMIUM_PATH' }
      : { how: `CHROMIUM_PATH names ${given}, which does not run` }
  return found(machine) ?? (await fromDistribution(deps)) ?? (await fromPlaywright(deps)) ?? nowhere
}

const nowhere = {
  how: 'no Chromium was found or could be installed: run `bunx playwright-core install --with-deps chromium`',
}

function found(machine: Machine): Browser | undefined {
  const candidates = [...names.map((name) => machine.program(name)), chromium.executablePath()]
  const path = candidates.find((each) => each && machine.exists(each) && works(machine, each))
  return path ? { path, how: path } : undefined
}

// Ubuntu's package is a stub that asks for a snap, so that being there is not enough.
const works = (machine: Machine, path: string) => machine.ask(path, '--version') !== ''

async function fromDistribution(deps: Deps): Promise<Browser | undefined> {
  const manager = packageManager(deps.machine)
  if (manager?.with !== 'apt-get') return undefined
  try {
    await installPackage(deps, { title: 'Chromium', ...manager, packages: ['chromium'] })
  } catch (error) {
    deps.log(`Chromium: ${(error as Error).message}`)
  }
  return found(deps.machine)
}

async function fromPlaywright(deps: Deps): Promise<Browser | undefined> {
  deps.log('Chromium: downloading Playwright’s own')
  const { exitCode, output } = await run({
    command: [process.execPath, 'run', '--silent', '--bun', 'playwright-core', 'install', 'chromium'],
    timeoutMs: 300_000,
  })
  if (exitCode !== 0)
    deps.log(`Chromium: ${output.split('\n').findLast((line) => line.trim()) ?? 'the download failed'}`)
  return found(deps.machine)
}
