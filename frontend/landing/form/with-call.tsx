import { Fragment } from 'react/jsx-runtime'
import type { Call } from '../island-props.ts'

/** A text in which the firm's number can be tapped. */
export function WithCall({ text, call }: Readonly<{ text: string; call: Call }>) {
  return text.split(call.shown).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: drawn once, so that nothing ever changes place
    <Fragment key={index}>
      {index > 0 && (
        <a href={call.href} className="whitespace-nowrap underline underline-offset-2">
          {call.shown}
        </a>
      )}
      {part}
    </Fragment>
  ))
}
