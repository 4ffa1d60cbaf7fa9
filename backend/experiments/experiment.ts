import { InvalidFields } from '../problem.ts'
import { isName } from '../words/word.ts'

/** One way a visitor may see it. Weights are shares of the sum of all, in any unit. */
export type Variant = Readonly<{ name: string; weight: number }>

/** A question that visitors answer by what they do. The first variant is what everybody gets when in doubt. */
export type Experiment = Readonly<{
  key: string
  variants: readonly Variant[]
  /** Another salt deals all visitors anew who are not assigned yet. */
  salt: string
  /** Stopped: everybody gets the first variant. */
  running: boolean
}>

/** What the built page can draw: the variants of each experiment, in order. */
export type PageExperiments = Readonly<Record<string, readonly string[]>>

export const saltPattern = /^[\x21-\x7e]{1,64}$/
const variantsMax = 20
const weightMax = 1_000_000
const fieldNames = new Set(['variants', 'salt', 'running'])

/** An experiment nobody has changed: it runs, with equal weights, salted by its own key. */
export function newExperiment(key: string, variants: readonly string[]): Experiment {
  return { key, variants: variants.map((name) => ({ name, weight: 1 })), salt: key, running: true }
}

/**
 * What is left of an experiment for a page that draws `drawn`: just those variants, in the page's order. One that the
 * operator has not weighed yet gets no visitors, unless none of them would get any.
 */
export function fitToPage(experiment: Experiment, drawn: readonly string[]): Experiment {
  const weights = new Map(experiment.variants.map(({ name, weight }) => [name, weight]))
  const variants = drawn.map((name) => ({ name, weight: weights.get(name) ?? 0 }))
  if (variants.every(({ weight }) => weight === 0))
    return { ...experiment, variants: newExperiment(experiment.key, drawn).variants }
  return { ...experiment, variants }
}

/**
 * Reads what an operator sent for an experiment. What is left out stays as in `current`; a new one needs `variants`.
 * `drawn` holds the variants the page can draw, for an experiment of the page.
 * @throws InvalidFields naming each field with its codes.
 */
export function readExperiment(
  key: string,
  body: unknown,
  options: Readonly<{ current?: Experiment; drawn?: readonly string[] }> = {},
): Experiment {
  if (!isRecord(body)) throw new InvalidFields({ body: ['not_an_object'] })
  const fields: Record<string, unknown> = body
  const { current, drawn } = options
  if (current && Object.keys(fields).length === 0) throw new InvalidFields({ body: ['required'] })
  // A map, for `__proto__` is a name like any other here.
  const faults = new Map<string, string[]>()
  for (const name of Object.keys(fields)) if (!fieldNames.has(name)) faults.set(name, ['unknown'])
  if (!isName(key)) faults.set('key', ['invalid'])

  const {
    variants = current?.variants,
    salt = current?.salt ?? key,
    running = current?.running ?? true,
  } = fields
  const fault = faultOfVariants(variants, drawn)
  if (fault) faults.set('variants', [fault])
  if (typeof salt !== 'string' || !saltPattern.test(salt)) faults.set('salt', ['invalid'])
  if (typeof running !== 'boolean') faults.set('running', ['not_a_boolean'])
  if (faults.size > 0) throw new InvalidFields(Object.fromEntries(faults))

  const given = (variants as readonly Variant[]).map(({ name, weight }) => ({ name, weight }))
  const experiment = { key, variants: given, salt: salt as string, running: running as boolean }
  return drawn ? fitToPage(experiment, drawn) : experiment
}

function faultOfVariants(variants: unknown, drawn: readonly string[] | undefined): string | undefined {
  if (variants === undefined) return 'required'
  if (!Array.isArray(variants)) return 'not_a_list'
  if (variants.length === 0) return 'required'
  if (variants.length > variantsMax) return 'too_many'
  const names = new Set<string>()
  let sum = 0
  for (const variant of variants as unknown[]) {
    if (!isRecord(variant)) return 'invalid'
    const { name, weight } = variant
    if (typeof name !== 'string' || !isName(name)) return 'invalid_name'
    if (names.has(name)) return 'duplicate_name'
    if (drawn && !drawn.includes(name)) return 'not_on_the_page'
    if (typeof weight !== 'number' || !(weight >= 0 && weight <= weightMax)) return 'invalid_weight'
    names.add(name)
    sum += weight
  }
  return sum > 0 ? undefined : 'no_weight'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
