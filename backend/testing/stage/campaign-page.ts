import { join } from 'node:path'

/** Where the campaign of the tests is. */
export const campaignOfTests = join(import.meta.dir, 'campaign')

/** The command that builds its page into a folder, for those who run commands. */
export function buildOfTests(outDir: string, env: Readonly<Record<string, string>> = {}) {
  return {
    command: [process.execPath, '--no-env-file', 'run', '--silent', 'build', '--outDir', outDir],
    env: { ...process.env, CAMPAIGN_DIR: campaignOfTests, ...env },
    timeoutMs: 120_000,
  }
}
