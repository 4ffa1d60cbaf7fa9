import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pagePhonePlan } from '../../leads/phone-plan.ts'
import { run } from '../runner/step.ts'

/** A file of a build. */
export type BuiltFile = Readonly<{ path: string; bytes: Uint8Array }>

/** What the first round trip of a new connection can carry, so that the page shows after it. */
export const pageBytesMax = 14 * 1024
/** The scripts that a page names in its HTML, which every visit loads. */
export const firstScriptBytesMax = 20 * 1024
/** All scripts that a visit can load, those it asks for later among them. */
export const scriptBytesMax = 66 * 1024

// What the API writes into a page, at about its usual length.
const filled: Readonly<Record<string, string>> = {
  public_url: 'https://www.larkfield.example',
  config: JSON.stringify({
    language: 'en',
    variants: { hero: 'a' },
    word: 'hero.a',
    flags: {
      consent_checkbox: false,
      proof_of_work: false,
      proof_of_work_difficulty: 16,
      notice: '',
      film: true,
      web_vitals_percent: 100,
    },
    preview: false,
    phone: pagePhonePlan('GB'),
  }),
}

const deskFolder = 'admin/'

export type Measured = Readonly<{ lines: readonly string[]; faults: readonly string[] }>

/** The scripts that the desk names in its document, which every operator loads first. */
export const deskScriptBytesMax = 150 * 1024

/** Weighs a build as it travels, compressed with gzip at its best as the API does it; brotli is some 10 % less. */
export function measureBuild(all: readonly BuiltFile[]): Measured {
  const files = all.filter(({ path }) => !path.startsWith(deskFolder))
  const pages = files
    .filter(({ path }) => path.startsWith('pages/'))
    .map(({ path, bytes }) => ({ path, size: compressed(filledIn(bytes)) }))
    .sort((a, b) => b.size - a.size)
  const scriptFiles = files.filter(({ path }) => /\.m?js$/.test(path))
  const sizeOf = (some: readonly BuiltFile[]) => some.reduce((sum, { bytes }) => sum + compressed(bytes), 0)
  const scripts = sizeOf(scriptFiles)
  const html = files.filter(({ path }) => path.startsWith('pages/')).map(({ bytes }) => textOf(bytes))
  const first = sizeOf(scriptFiles.filter(({ path }) => html.some((text) => text.includes(`="/${path}"`))))
  const faults = pages
    .filter(({ size }) => size > pageBytesMax)
    .map(({ path, size }) => `${path} is ${size} bytes, ${size - pageBytesMax} more than a page may be`)
  if (pages.length === 0 || first === 0) faults.push('the build has no pages, or they name no script')
  if (first > firstScriptBytesMax)
    faults.push(
      `the scripts of the first load are ${first} bytes, ${first - firstScriptBytesMax} more than they may be`,
    )
  if (scripts > scriptBytesMax)
    faults.push(`the scripts are ${scripts} bytes, ${scripts - scriptBytesMax} more than they may be`)
  const desk = all.find(({ path }) => path === `${deskFolder}index.html`)
  const ofDesk = sizeOf(
    all.filter(({ path }) => /\.m?js$/.test(path) && desk && textOf(desk.bytes).includes(`="/${path}"`)),
  )
  if (desk && ofDesk === 0) faults.push('the desk names no script')
  if (ofDesk > deskScriptBytesMax)
    faults.push(
      `the scripts of the desk's first load are ${ofDesk} bytes, ${ofDesk - deskScriptBytesMax} more than they may be`,
    )
  return {
    lines: [
      `largest page: ${pages[0]?.size} of ${pageBytesMax} bytes`,
      `scripts of the first load: ${first} of ${firstScriptBytesMax}; all scripts: ${scripts} of ${scriptBytesMax}`,
      `scripts of the desk's first load: ${ofDesk} of ${deskScriptBytesMax}`,
    ],
    faults,
  }
}

function filledIn(page: Uint8Array): Uint8Array {
  const html = textOf(page).replace(/%(\w+)%/g, (_, name: string) => filled[name] ?? '')
  return new TextEncoder().encode(html)
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

function compressed(bytes: Uint8Array): number {
  return gzipSync(bytes, { level: 9 }).byteLength
}

/**
 * Builds the page of the campaign into a folder that is gone afterwards.
 * @throws Error with what the build said.
 */
export async function withBuild<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-budget-'))
  try {
    const command = [process.execPath, '--no-env-file', 'run', '--silent', 'build', '--outDir', folder]
    const built = await run({ command: [...command, '--logLevel', 'error'], timeoutMs: 60_000 })
    if (built.exitCode !== 0) throw new Error(built.output)
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The files of a build. */
export function filesIn(folder: string): BuiltFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: path.slice(folder.length + 1), bytes: readFileSync(path) }))
}

async function main(): Promise<number> {
  const { lines, faults } = await withBuild((folder) => measureBuild(filesIn(folder)))
  for (const line of [...lines, ...faults]) process.stdout.write(`${line}\n`)
  return faults.length === 0 ? 0 : 1
}

if (import.meta.main) process.exitCode = await main()
