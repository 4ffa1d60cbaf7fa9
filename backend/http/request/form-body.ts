const firstTouch = 'first_'

/**
 * The fields of a form-encoded body, the last of a name winning. Forms have no objects, so what begins with `first_`
 * stands in one: `first_utm_source` is the `utm_source` of `first_touch`.
 */
export function readForm(text: string): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.fromEntries(new URLSearchParams(text))
  if (!text.includes(firstTouch)) return fields
  const first = Object.entries(fields)
    .filter(([name]) => name.startsWith(firstTouch))
    .map(([name, value]) => [name.slice(firstTouch.length), value])
  return { ...fields, first_touch: Object.fromEntries(first) }
}
