import { useLook, useWordsFrom } from '../look.tsx'
import { todayWords } from '../words/today.ts'

type Props = Readonly<{ of: number; than: number; isShort?: boolean }>

/** More or less than it was, by sign and colour. */
export function Change({ of, than, isShort = false }: Props) {
  const { change } = useLook()
  const words = useWordsFrom(todayWords)
  if (than === 0) return isShort ? '–' : words.noBefore
  const by = of / than - 1
  return (
    <span className={by < -0.1 ? 'text-danger' : by > 0.1 ? 'text-good' : ''}>
      {isShort ? change(by) : words.than(change(by))}
    </span>
  )
}
