import { filledByTheApi } from '../prerender/placeholders.ts'
import { partIds } from './parts.ts'

/** One field for the whole number, in groups as it is typed. It runs left to right in every language. */
export function PhoneInput({ placeholder }: Readonly<{ placeholder: string }>) {
  return (
    <input
      id={partIds.phone}
      name="phone"
      type="tel"
      inputMode="tel"
      autoComplete="tel"
      required
      dir="ltr"
      maxLength={128}
      placeholder={placeholder}
      {...filledByTheApi('phone_field')}
      className="mt-1 block min-h-12 sm:mt-1.5 sm:min-h-13 w-full rounded-xl border border-field bg-page px-[12px] text-lg tabular-nums placeholder:text-soft/85 rtl:text-end aria-invalid:border-2 aria-invalid:border-danger outline-offset-1 read-only:text-soft"
    />
  )
}
