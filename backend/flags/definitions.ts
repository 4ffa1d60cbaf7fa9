type Definition<Value> = Readonly<{
  default: Value
  about: string
  /** The code of what is wrong with a value of the right type. */
  fault?(value: Value): string | undefined
}>

const noticeLengthMax = 500
/** Of the longest text that a flag may hold. */
export const textLengthMax = noticeLengthMax

/** Every flag there is. What is written here holds until an operator says otherwise. */
export const flagDefinitions = {
  consent_checkbox: boolean(false, 'The form asks for consent, and keeps which text was agreed to'),
  proof_of_work: boolean(false, 'A submission needs a solved challenge; for a site under attack'),
  proof_of_work_difficulty: number(16, 8, 26, 'Zero bits a solution needs; each one more doubles the work'),
  notice: text('', noticeLengthMax, 'A line at the top of the page; empty: none'),
  film: boolean(true, 'The page shows its film'),
  works_offline: boolean(
    true,
    'A service worker opens the page without a network, and sends what was left in it once there is one',
  ),
  web_vitals_percent: number(100, 0, 100, 'Share of visits whose loading is measured'),
} as const

export type FlagKey = keyof typeof flagDefinitions

/** The value of every flag, as one visitor gets it. */
export type Flags = Readonly<{ [Key in FlagKey]: (typeof flagDefinitions)[Key]['default'] }>

export type FlagValue = boolean | number | string

export const flagKeys = Object.keys(flagDefinitions) as FlagKey[]

/** Whether a flag of this name exists. */
export function isFlagKey(text: string): text is FlagKey {
  return Object.hasOwn(flagDefinitions, text)
}

/** The code of what is wrong with a value for a flag, or undefined. */
export function faultOfValue(key: FlagKey, value: unknown): string | undefined {
  const definition = flagDefinitions[key] as Definition<FlagValue>
  const type = typeof definition.default
  return typeof value === type ? definition.fault?.(value as FlagValue) : `not_a_${type}`
}

function boolean(fallback: boolean, about: string): Definition<boolean> {
  return { default: fallback, about }
}

function number(fallback: number, least: number, most: number, about: string): Definition<number> {
  return {
    default: fallback,
    about: `${about} (${least} to ${most})`,
    fault: (value) =>
      Number.isInteger(value) && value >= least && value <= most ? undefined : 'out_of_range',
  }
}

function text(fallback: string, lengthMax: number, about: string): Definition<string> {
  return {
    default: fallback,
    about: `${about} (at most ${lengthMax} characters)`,
    fault(value) {
      if (value.length > lengthMax) return 'too_long'
      // Neither the page nor the table can hold these.
      return !value.isWellFormed() || value.includes('\0') ? 'invalid' : undefined
    },
  }
}
