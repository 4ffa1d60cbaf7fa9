import { ButtonLink } from '../ui/button.tsx'
import { callBarId } from './call-bar-shown.ts'

/** The way back to the form on a phone. The script shows it while the form is out of sight, and not after thanks. */
export function CallBar({ action }: Readonly<{ action: string }>) {
  return (
    <div
      id={callBarId}
      hidden
      className="until-answered sticky bottom-0 border-t border-line bg-surface p-2 pb-[max(0.5rem,env(safe-area-inset-bottom))] lg:hidden print:hidden"
    >
      <ButtonLink href="#estimate" className="w-full">
        {action}
      </ButtonLink>
    </div>
  )
}
