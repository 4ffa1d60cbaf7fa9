import { fractionOf } from '../fraction-of.ts'
import {
  type FlagKey,
  type Flags,
  type FlagValue,
  faultOfValue,
  flagDefinitions,
  flagKeys,
} from './definitions.ts'
import type { FlagSetting, FlagSettings } from './setting.ts'

/**
 * The flags of one visitor: always the same while the settings stay, and a roll-out that grows takes nothing away
 * from those who have it. Without a visitor, what is rolled out to a part only stays at its default.
 */
export function resolveFlags(settings: FlagSettings, visitorId: string | undefined): Flags {
  const flags: Partial<Record<FlagKey, FlagValue>> = {}
  for (const key of flagKeys) flags[key] = valueFor(key, settings[key], visitorId)
  return flags as Flags
}

/** Whether visitors differ in this flag now. */
export function isPartial(settings: FlagSettings, key: FlagKey): boolean {
  const setting = settings[key]
  if (!setting || !isUsable(key, setting)) return false
  const { rolloutPercent, value } = setting
  return rolloutPercent > 0 && rolloutPercent < 100 && value !== flagDefinitions[key].default
}

function valueFor(key: FlagKey, setting: FlagSetting | undefined, visitorId: string | undefined): FlagValue {
  const fallback = flagDefinitions[key].default
  if (!setting || !isUsable(key, setting)) return fallback
  const { rolloutPercent, value } = setting
  if (rolloutPercent >= 100) return value
  if (rolloutPercent <= 0 || visitorId === undefined) return fallback
  return fractionOf(`flag:${key}:${visitorId}`) * 100 < rolloutPercent ? value : fallback
}

// A row written by another version may hold a value of another type; then the flag is as if nobody had set it.
const isUsable = (key: FlagKey, setting: FlagSetting) =>
  !setting.killed && faultOfValue(key, setting.value) === undefined
