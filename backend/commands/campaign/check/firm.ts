import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { Campaign } from '../../../../frontend/landing/campaign.ts'
import { checkPhone } from '../../../../frontend/landing/form/phone.ts'
import { isCampaignPath } from '../../../page/manifest.ts'
import type { Finding } from './finding.ts'

/** What is wrong with the firm's name and numbers, and with the notice of what becomes of a visitor's. */
export function firmFindings({ firm, languages, variants, paths = [] }: Campaign): Finding[] {
  const found: Finding[] = []
  const must = (where: string, what: string) => found.push({ level: 'must', where, what })
  const look = (where: string, what: string) => found.push({ level: 'look', where, what })
  const { dialled, shown, sample } = firm.phone
  const number = parsePhoneNumberFromString(dialled)

  if (firm.name.trim() === '') must('firm name', 'The firm has no name.')
  if (!dialled.startsWith('+') || !number?.isPossible())
    must('firm phone.dialled', 'No telephone number in E.164, such as +441632960217.')
  else if (!number.isValid())
    look('firm phone.dialled', 'No number that a telephone company gives out: nobody will answer it.')
  const digits = shown.replace(/\D/g, '').replace(/^0+/, '')
  if (digits.length < 3 || !dialled.endsWith(digits))
    must('firm phone.shown', 'The number that is shown is not the one that is dialled.')
  if (!checkPhone(sample).ok)
    must('firm phone.sample', 'The number in the empty field is one that the field refuses.')
  if (sample.replace(/\D/g, '').endsWith(digits))
    must(
      'firm phone.sample',
      'The number in the empty field is that of the firm: take one that is kept for examples.',
    )
  if ((firm.shortName ?? firm.name).length > 12)
    look('firm shortName', 'Home screens of phones show some 12 characters: write a shortName.')
  for (const [language, { notice, hero }] of Object.entries(languages)) {
    if (!notice) must(language, 'There is no privacy notice: write one as `notice`.')
    else if (Number.isNaN(Date.parse(notice.updated)))
      must(`${language} notice.updated`, 'No day: write it like 2026-11-30.')
    for (const variant of Object.keys(variants))
      if (!hero[variant]) must(`${language} hero.${variant}`, 'This variant has no words.')
  }
  for (const path of paths.filter((each) => !isCampaignPath(each)))
    must(
      `paths ${path}`,
      'This is no path of a campaign: three or more of a-z, 0-9 and -, and none that is taken.',
    )
  return found
}
