import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { imageSize } from 'image-size'
import type { Campaign } from '../../../../frontend/landing/campaign.ts'
import { tooClose } from '../../../../frontend/landing/colours/colours.ts'
import type { Picture } from '../../../../frontend/landing/content.ts'
import type { Finding } from './finding.ts'
import { picturesOf } from './texts.ts'

const pictureBytesMax = 200 * 1024

/** What cannot be read, and what is wrong with the pictures. */
export function lookFindings(campaign: Campaign): Finding[] {
  return [
    ...tooClose(campaign.colours).map((what) => ({ level: 'must' as const, where: 'colours', what })),
    ...picturesOf(campaign).flatMap(({ where, picture }) => pictureFindings(where, picture)),
  ]
}

function pictureFindings(where: string, picture: Picture): Finding[] {
  const found: Finding[] = []
  const must = (what: string) => found.push({ level: 'must', where, what })
  const { alt } = picture
  if (alt.trim() === '' || alt === basename(picture.bundled))
    must('This picture has no `alt`: say what it shows to those who cannot see it.')
  else if (alt.trim().length < 12)
    found.push({ level: 'look', where, what: 'An `alt` this short says little of what the picture shows.' })

  for (const path of [picture.bundled, picture.bundledDark].filter((each) => each !== undefined)) {
    if (!existsSync(path)) {
      must('The file of this picture is not there.')
      continue
    }
    const bytes = readFileSync(path)
    const size = sizeOf(bytes)
    if (!size) must('This file is no picture that browsers show.')
    else if (Math.abs(size.width / size.height / (picture.width / picture.height) - 1) > 0.01)
      must(
        `${basename(path)} is ${size.width} × ${size.height}: write that as width and height, or the page moves while it loads.`,
      )
    if (bytes.byteLength > pictureBytesMax)
      found.push({
        level: 'look',
        where,
        what: `${basename(path)} has ${Math.round(bytes.byteLength / 1024)} KB: a visitor on a phone waits for it. Save it smaller, as AVIF or WebP.`,
      })
  }
  return found
}

function sizeOf(bytes: Uint8Array): { width: number; height: number } | undefined {
  try {
    return imageSize(bytes)
  } catch {
    return undefined
  }
}
