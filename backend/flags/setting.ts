import { InvalidFields } from '../problem.ts'
import { type FlagKey, type FlagValue, faultOfValue, flagDefinitions } from './definitions.ts'

/** What an operator decided about a flag. */
export type FlagSetting = Readonly<{
  value: FlagValue
  /** Share of visitors that get `value`, 0 to 100; the others get the default. */
  rolloutPercent: number
  /** Switched off for everybody: the default, whatever else is set. */
  killed: boolean
}>

/** The flags that operators have changed. */
export type FlagSettings = Readonly<Partial<Record<FlagKey, FlagSetting>>>

const fieldNames = new Set(['value', 'rollout_percent', 'killed'])

/** What holds for a flag that nobody has changed. */
export function defaultSetting(key: FlagKey): FlagSetting {
  return { value: flagDefinitions[key].default, rolloutPercent: 100, killed: false }
}

/**
 * Reads what an operator sent for a flag; what is left out stays as in `current`.
 * @throws InvalidFields naming each field with its codes.
 */
export function readFlagSetting(key: FlagKey, body: unknown, current = defaultSetting(key)): FlagSetting {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new InvalidFields({ body: ['not_an_object'] })
  const fields = body as Record<string, unknown>
  if (Object.keys(fields).length === 0) throw new InvalidFields({ body: ['required'] })
  // A map, for `__proto__` is a name like any other here.
  const faults = new Map<string, string[]>()
  for (const name of Object.keys(fields)) if (!fieldNames.has(name)) faults.set(name, ['unknown'])
  const {
    value = current.value,
    rollout_percent: percent = current.rolloutPercent,
    killed = current.killed,
  } = fields
  const fault = faultOfValue(key, value)
  if (fault) faults.set('value', [fault])
  if (typeof percent !== 'number' || !(percent >= 0 && percent <= 100))
    faults.set('rollout_percent', ['out_of_range'])
  if (typeof killed !== 'boolean') faults.set('killed', ['not_a_boolean'])
  if (faults.size > 0) throw new InvalidFields(Object.fromEntries(faults))
  return { value: value as FlagValue, rolloutPercent: percent as number, killed: killed as boolean }
}
