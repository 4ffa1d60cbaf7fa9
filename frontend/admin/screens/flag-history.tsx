import { useQuery } from '@tanstack/react-query'
import { Button } from '../../ui/desk/button.tsx'
import { Dialog } from '../../ui/desk/dialog.tsx'
import { Fault } from '../faults.tsx'
import { type Flag, type FlagHistory, type FlagValue, flagHistory } from '../flags.ts'
import { useLook, useWordsFrom } from '../look.tsx'
import { flagWords } from '../words/flags.ts'

/** The value of a flag in words. */
export function useSaid() {
  const { number } = useLook()
  const words = useWordsFrom(flagWords)
  return (value: FlagValue) => {
    if (typeof value === 'boolean') return value ? words.on : words.off
    if (typeof value === 'number') return number(value)
    return value === '' ? words.empty : value
  }
}

/** Who changed a flag when, and from what to what. */
export function FlagHistoryDialog({ flag, onClose }: Readonly<{ flag: Flag; onClose(): void }>) {
  const { words: all, moment } = useLook()
  const words = useWordsFrom(flagWords)
  const found = useQuery({ queryKey: ['flags', flag.key, 'history'], queryFn: () => flagHistory(flag.key) })
  return (
    <Dialog title={words.historyOf(words.names[flag.key])} onClose={onClose}>
      <Fault error={found.error} />
      {found.isPending && <p className="text-soft">{all.common.loading}</p>}
      {found.data?.changes.length === 0 && <p className="text-soft">{words.never}</p>}
      <ol className="grid max-h-96 gap-3 overflow-y-auto">
        {found.data?.changes.map(({ at, by, before, after }) => (
          <li key={at} className="grid gap-0.5">
            <p>
              <Was was={before} /> <span aria-hidden="true">→</span> <Was was={after} />
            </p>
            <p className="text-sm text-soft">
              <bdi>{by}</bdi> · <time dateTime={at}>{moment(at)}</time>
            </p>
          </li>
        ))}
      </ol>
      <Button look="quiet" className="justify-self-end" onClick={onClose}>
        {all.common.close}
      </Button>
    </Dialog>
  )
}

function Was({ was }: Readonly<{ was: FlagHistory['changes'][number]['before'] }>) {
  const { share } = useLook()
  const words = useWordsFrom(flagWords)
  const said = useSaid()
  if (!was) return <span className="text-soft">{words.asUsual}</span>
  if (was.killed) return <span className="text-danger">{words.killed}</span>
  return (
    <span>
      <bdi className="font-medium">{said(was.value)}</bdi>
      {was.rolloutPercent < 100 && <> ({words.part(share(was.rolloutPercent / 100))})</>}
    </span>
  )
}
