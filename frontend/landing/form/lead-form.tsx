import Lock from 'lucide-react/icons/lock'
import { Button } from '../../ui/button.tsx'
import type { IslandProps } from '../island-props.ts'
import { filledByTheApi } from '../prerender/placeholders.ts'
import { Consent } from './consent.tsx'
import { Honeypot } from './honeypot.tsx'
import { partIds, spotIds } from './parts.ts'
import { PhoneInput } from './phone-input.tsx'
import { SubmitLabel } from './sayings.tsx'

/**
 * The form as it stands in the page: plain HTML that posts by itself. The script never draws it anew, it only writes
 * into the spots (`parts.ts`), so whatever goes wrong there, the form and what was typed into it are still the browser's.
 */
export function LeadForm(props: IslandProps['lead-form']) {
  const { words, consentVersion, language, flags, variant, action } = props
  return (
    <>
      <form id={partIds.form} method="post" action={action} aria-labelledby={partIds.title}>
        <h2 id={partIds.title} className="text-xl font-bold tracking-tight sm:text-2xl">
          {words.title}
        </h2>
        <p className="mt-0.5 text-sm text-balance text-soft sm:mt-1 sm:text-base">{words.text}</p>
        <label htmlFor={partIds.phone} className="mt-3 block font-medium sm:mt-5">
          {words.label}
        </label>
        <PhoneInput placeholder={words.placeholder} />
        <div id={spotIds.phoneProblem} {...filledByTheApi('phone_alert')} className="text-danger">
          %phone_problem%
        </div>
        <p id={partIds.hint} className="mt-1 text-sm text-balance text-soft">
          {words.hint}
        </p>
        <Honeypot label={words.honeypot} />
        <input type="hidden" name="language" value={language} />
        <input type="hidden" name="variant" value={variant} />
        %form_fields%
        {flags.consent_checkbox && (
          <>
            <Consent text={words.consent} version={consentVersion} />
            <div id={spotIds.consentProblem} role="alert" className="text-danger" />
          </>
        )}
        <div id={spotIds.delay} role="status">
          %delay%
        </div>
        <Button type="submit" className="mt-3 w-full text-lg sm:mt-4 aria-disabled:cursor-progress">
          <span id={spotIds.label} className="contents">
            <SubmitLabel name="submit" words={words} />
          </span>
        </Button>
        {words.promise && <p className="mt-3 text-sm font-medium text-balance">{words.promise}</p>}
        <p className="mt-2 flex gap-2 text-sm text-soft">
          <Lock aria-hidden size={16} className="mt-0.5 shrink-0" />
          <span>
            {words.privacy}{' '}
            <a href="#privacy" className="inline-block text-brand underline underline-offset-2">
              {words.privacyLink}
            </a>
          </span>
        </p>
      </form>
      <div id={spotIds.answer} />
    </>
  )
}
