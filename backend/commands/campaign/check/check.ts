import type { Campaign } from '../../../../frontend/landing/campaign.ts'
import { withBuild } from '../../../testing/house/page-budget.ts'
import { CommandFault } from '../../command.ts'
import { builtFindings } from './built.ts'
import { fileFindings } from './files.ts'
import { type Finding, reportOf } from './finding.ts'
import { firmFindings } from './firm.ts'
import { hookFindings } from './hooks.ts'
import { lookFindings } from './looks.ts'
import { sampleFindings } from './sample.ts'
import { wordFindings } from './words.ts'
import { writtenFindings } from './written.ts'

export type CheckOptions = Readonly<{
  campaign: Campaign
  campaignDir: string
  root: string
  /** Where the site will be; empty where that is not set. */
  publicUrl: string
  log: (line: string) => void
}>

/** Everything that can be read in a campaign, without building it. */
export function findingsOf(options: Omit<CheckOptions, 'log'>): Finding[] {
  const { campaign, campaignDir } = options
  const written = [
    ...sampleFindings(campaign, campaignDir),
    ...wordFindings(campaign),
    ...firmFindings(campaign),
    ...lookFindings(campaign),
    ...hookFindings(campaign, campaignDir),
    ...addressFindings(options.publicUrl),
  ]
  // A file that is missing is told once, and what would be drawn from it not at all.
  const isWhole = written.every(
    ({ what }) => !/is not there|no words along|has no words|no path of a campaign/.test(what),
  )
  return isWhole ? [...written, ...fileFindings(campaign, options)] : written
}

/**
 * Tells what is missing in the campaign, or left over from the sample.
 * @throws CommandFault when something has to be mended.
 */
export async function check(options: CheckOptions): Promise<void> {
  const written = [...findingsOf(options), ...writtenFindings(options.campaignDir)]
  const built = await withBuild((folder) => builtFindings(folder, options.log)).catch(
    (error: Error): Finding[] => {
      if (error instanceof CommandFault) return [{ level: 'look', where: 'first view', what: error.message }]
      return [
        {
          level: 'must',
          where: 'build',
          what: `It does not build: ${reasonOf(error)}`,
        },
      ]
    },
  )
  const findings = [...written, ...built]
  const report = reportOf(findings).join('\n')
  if (findings.some(({ level }) => level === 'must')) throw new CommandFault(report)
  options.log(report)
}

/** The line of a failed build that says why. */
function reasonOf({ message }: Error): string {
  const lines = message.split('\n').map((line) => line.trim())
  return (
    lines.find((line) => /^(?:\[?[\w-]*error\b|\w*Error:)/i.test(line) && !/^error during/.test(line)) ??
    lines[0]!
  )
}

function addressFindings(publicUrl: string): Finding[] {
  if (publicUrl && !/\blocalhost\b|\bexample\b|127\.0\.0\.1/.test(publicUrl)) return []
  return [
    {
      level: 'look',
      where: 'PUBLIC_URL',
      what: 'Where the site will be is not set, so search engines and shared pictures would lead nowhere: set it in the environment of the installation.',
    },
  ]
}
