import { content } from './content.ts'

const { thanks, duplicate, refusedWithoutScript } = content.form

/**
 * What a visitor without JavaScript reads after the form was posted: the API sends them to `#thanks`, `#duplicate`
 * or `#error`, and the style sheet shows the one that the address names.
 */
export function PostedAnswer() {
  return (
    <noscript>
      <Answer id="thanks" title={thanks.title} text={thanks.text} />
      <Answer id="duplicate" title={duplicate.title} text={duplicate.text} />
      <Answer id="error" text={refusedWithoutScript} />
    </noscript>
  )
}

function Answer({ id, title, text }: Readonly<{ id: string; title?: string; text: string }>) {
  return (
    <div id={id} className="mb-6 hidden rounded-xl bg-notice-tint p-4 text-notice target:block">
      {title && <p className="text-xl font-bold">{title}</p>}
      <p>{text}</p>
    </div>
  )
}
