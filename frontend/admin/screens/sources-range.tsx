import { useState } from 'react'
import { Choice, Field } from '../../ui/desk/field.tsx'
import { useLook, useWordsFrom } from '../look.tsx'
import type { Sources, SourcesView } from '../sources.ts'
import { sourcesWords } from '../words/sources.ts'

type Props = Readonly<{
  view: SourcesView
  told: Sources | undefined
  onChange(change: SourcesView): void
}>

const ranges = ['1', '7', '30'] as const
const usual = '7'
// A year that is being typed passes through others, such as 0002.
const earliest = '2000'

/** Today, so many days, or from one day to another, all of the zone of the firm. */
export function SourcesRange({ view, told, onChange }: Props) {
  const { number } = useLook()
  const words = useWordsFrom(sourcesWords)
  const [isCustom, setCustom] = useState(view.from !== undefined || view.to !== undefined)
  const [typed, setTyped] = useState<Readonly<{ from?: string; to?: string }>>({})
  const day = (name: 'from' | 'to') => (
    <Field
      type="date"
      label={words[name]}
      value={typed[name] ?? view[name] ?? told?.[name] ?? ''}
      max={name === 'from' ? (view.to ?? told?.to) : undefined}
      min={name === 'to' ? (view.from ?? told?.from) : undefined}
      onChange={({ target }) => {
        const isWhole = target.value >= earliest
        setTyped({ ...typed, [name]: isWhole ? undefined : target.value })
        if (isWhole) onChange({ from: told?.from, to: told?.to, days: '', [name]: target.value })
      }}
    />
  )
  return (
    <>
      <Choice
        label={words.range}
        value={isCustom ? 'custom' : (view.days ?? usual)}
        onChange={({ target }) => {
          setCustom(target.value === 'custom')
          if (target.value !== 'custom') onChange({ days: target.value, from: '', to: '' })
        }}
      >
        {ranges.map((days) => (
          <option key={days} value={days}>
            {days === '1' ? words.today : words.days(number(Number(days)))}
          </option>
        ))}
        {!isCustom && view.days && !ranges.includes(view.days as never) && (
          <option value={view.days}>{words.days(number(Number(view.days)))}</option>
        )}
        <option value="custom">{words.custom}</option>
      </Choice>
      {isCustom && day('from')}
      {isCustom && day('to')}
    </>
  )
}
