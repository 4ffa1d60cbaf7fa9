import { filledByTheApi } from '../prerender/placeholders.ts'
import { partIds } from './parts.ts'

/** Asks for consent; what goes out is the version of the text that was agreed to. */
export function Consent({ text, version }: Readonly<{ text: string; version: string }>) {
  return (
    <label className="mt-3 flex cursor-pointer gap-3 text-sm sm:mt-4 sm:text-base">
      <input
        id={partIds.consent}
        type="checkbox"
        name="consent"
        value={version}
        required
        {...filledByTheApi('consent_field')}
        // Left out, an empty box that is required counts as a mistake before anybody has made one.
        aria-invalid="false"
        className="mt-0.5 size-6 shrink-0 accent-brand aria-invalid:outline-2 aria-invalid:outline-danger"
      />
      <span>{text}</span>
    </label>
  )
}
