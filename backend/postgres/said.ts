import { maskPhones } from '../leads/written-phones.ts'

/**
 * What a receiver said, as it may be kept: it may repeat what it was sent, and the phone stands with its lead and nowhere else
 * for as long as attempts are kept. Postgres takes no NUL, which JSON may well hold.
 */
export const asKept = (said: string): string => maskPhones(said.replaceAll('\0', ''))
