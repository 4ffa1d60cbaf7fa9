import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Campaign } from '../../../../frontend/landing/campaign.ts'
import type { Finding } from './finding.ts'

/** Addresses of the campaign's own that lead nowhere: where it thanks, and the scripts it brings. */
export function hookFindings({ thanks, scripts = [], languages }: Campaign, campaignDir: string): Finding[] {
  const isThere = (path: string) => existsSync(join(campaignDir, 'public', path))
  const finding = (where: string, what: string): Finding => ({ level: 'must', where, what })
  const places = thanks
    ? [...new Set(Object.keys(languages).map((language) => thanks.replaceAll('{language}', language)))]
    : []
  return [
    ...places
      .filter((place) => !(place.startsWith('/') && !place.startsWith('//')) && !place.startsWith('https://'))
      .map((place) => finding('thanks', `${place} is no address: write /thanks.html or https://…`)),
    ...places
      .filter((place) => /^\/(?!\/)[^?#]*\.\w+/.test(place) && !isThere(place.replace(/[?#].*$/, '')))
      .map((place) => finding('thanks', `public${place} is not there.`)),
    ...scripts
      .filter((path) => !/^\/[\w.-]+\.js$/.test(path) || !isThere(path))
      .map((path) => finding('scripts', `${path} is no script in public, such as /tags.js.`)),
  ]
}
