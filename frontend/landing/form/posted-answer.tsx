import type { FormWords } from './form-words.ts'
import { postedAnswerId } from './posted.ts'

/**
 * What a visitor reads after the form was posted, until the script runs, should it ever: the API sends them to
 * `#thanks`, `#duplicate` or `#error`, and the style sheet shows the one that the address names.
 */
export function PostedAnswer({ words }: Readonly<{ words: FormWords }>) {
  const { thanks, duplicate, refusedWithoutScript } = words
  return (
    <div id={postedAnswerId}>
      <Answer id="thanks" look="bg-brand-tint" title={thanks.title} text={thanks.text} />
      <Answer id="duplicate" look="bg-brand-tint" title={duplicate.title} text={duplicate.text} />
      <Answer id="error" look="bg-danger-tint text-danger" text={refusedWithoutScript} />
    </div>
  )
}

type AnswerProps = Readonly<{ id: string; look: string; title?: string; text: string }>

function Answer({ id, look, title, text }: AnswerProps) {
  return (
    <div id={id} className={`mb-6 hidden rounded-xl p-4 target:block ${look}`}>
      {title && <p className="mb-1 text-xl font-bold">{title}</p>}
      <p>{text}</p>
    </div>
  )
}
