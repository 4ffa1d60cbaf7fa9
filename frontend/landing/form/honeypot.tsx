/** The name that the API reads it by. */
export const honeypotName = 'website'

/**
 * A field that people neither see, reach nor hear of, and programs fill in. It is there for the layout, because what
 * is not drawn at all is what programs know to skip.
 */
export function Honeypot({ label }: Readonly<{ label: string }>) {
  return (
    <div aria-hidden className="pointer-events-none absolute size-px overflow-hidden opacity-0">
      <label>
        {label}
        <input name={honeypotName} type="text" tabIndex={-1} autoComplete="off" defaultValue="" />
      </label>
    </div>
  )
}
