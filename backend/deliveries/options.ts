import type { TargetOption } from './target.ts'

const [leastEveryS, mostEveryS] = [5, 86_400]

/** How often at most a target that gathers is sent what came. */
export const everyOption: TargetOption = {
  name: 'every',
  about: 'seconds between two mails (60) or files (3600) while leads keep coming',
  isRequired: false,
  isFit: (text) => /^\d{1,5}$/.test(text) && Number(text) >= leastEveryS && Number(text) <= mostEveryS,
  must: `seconds from ${leastEveryS} to ${mostEveryS}`,
}
