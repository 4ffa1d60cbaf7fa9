import { spare } from '../spare.ts'

/** Whether the visitor has told their browser that nobody is to follow them: Global Privacy Control. */
export const wantsPrivacy = (): boolean =>
  spare(() => (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true, false)
