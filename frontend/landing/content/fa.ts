import type { Content } from './content.ts'
import { contentEn } from './en.ts'

export const contentFa: Content = { ...contentEn, locale: 'fa', dir: 'rtl' }
