import type { Call, IslandProps } from '../island-props.ts'
import { postedAnswerId } from './posted.ts'
import { WithCall } from './with-call.tsx'

/**
 * What a visitor reads after the form was posted, until the script runs, should it ever: the API sends them to `#thanks`
 * or `#duplicate`, and the style sheet shows the one that the address names. What is wrong stands in the form itself.
 */
export function PostedAnswer({ words, call }: Pick<IslandProps['lead-form'], 'words' | 'call'>) {
  const { thanks, duplicate } = words
  return (
    <div id={postedAnswerId}>
      <Answer id="thanks" {...thanks} call={call} />
      <Answer id="duplicate" {...duplicate} call={call} />
    </div>
  )
}

type AnswerProps = Readonly<{ id: string; title: string; text: string; next: readonly string[]; call: Call }>

function Answer({ id, title, text, next, call }: AnswerProps) {
  return (
    <div id={id} className="mb-6 hidden rounded-xl bg-brand-tint p-4 target:block">
      <p className="text-xl font-bold">{title}</p>
      {[text, ...next].map((line) => (
        <p key={line} className="mt-2">
          <WithCall text={line} call={call} />
        </p>
      ))}
    </div>
  )
}
