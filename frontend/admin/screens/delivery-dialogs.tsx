import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '../../ui/desk/button.tsx'
import { Dialog } from '../../ui/desk/dialog.tsx'
import { Field } from '../../ui/desk/field.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { Asking } from '../asking.tsx'
import { Copy } from '../copy.tsx'
import { recoverEndpoint, removeEndpoint, replay, rotateSecret } from '../deliveries.ts'
import { useFieldFaults } from '../faults.tsx'
import { useLook, useWordsFrom } from '../look.tsx'
import { deliveryWords } from '../words/deliveries.ts'

export type Asked = 'recover' | 'replay' | 'rotate' | 'remove'
type Closing = Readonly<{ onClose(): void }>
type Props = Closing & Readonly<{ name: string }>

export function AskedOf({ asked, ...props }: Props & Readonly<{ asked: Asked }>) {
  const Part = { recover: Recover, replay: Replay, rotate: Rotate, remove: Remove }[asked]
  return <Part {...props} />
}

export const useLookAgain = () => {
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: ['deliveries'] })
}

function Recover({ name, onClose }: Props) {
  const { number } = useLook()
  const words = useWordsFrom(deliveryWords)
  const [since, setSince] = useState('')
  const recover = useMutation({
    mutationFn: () => recoverEndpoint(name, momentOf(since)),
    onSettled: useLookAgain(),
  })
  const faultOf = useFieldFaults(recover.error)
  return (
    <Asking
      title={words.recover}
      about={words.recoverAbout}
      button={words.recoverButton}
      {...{ onClose, error: recover.error, busy: recover.isPending }}
      onSubmit={() => recover.mutate()}
    >
      <Field
        type="datetime-local"
        label={words.since}
        hint={words.sinceHint}
        fault={faultOf('since')}
        value={since}
        onChange={({ target }) => setSince(target.value)}
      />
      {recover.isSuccess && <Notice look="good">{words.sentAgain(number(recover.data.sent_again))}</Notice>}
    </Asking>
  )
}

/** Counted before anything is sent. */
function Replay({ name, onClose }: Props) {
  const { number } = useLook()
  const words = useWordsFrom(deliveryWords)
  const [range, setRange] = useState({ since: '', until: '' })
  const work = useMutation({
    mutationFn: (really: boolean) => {
      const [since, until] = [momentOf(range.since), momentOf(range.until)]
      return replay(name, { ...(since && { since }), ...(until && { until }), really })
    },
    onSettled: useLookAgain(),
  })
  const faultOf = useFieldFaults(work.error)
  const isCounted = work.data?.would_be_sent_again !== undefined
  const set = (part: 'since' | 'until', value: string) => {
    work.reset()
    setRange((before) => ({ ...before, [part]: value }))
  }
  return (
    <Asking
      title={words.replay}
      about={words.replayAbout}
      button={isCounted ? words.replayButton : words.count}
      {...{ onClose, error: work.error, busy: work.isPending }}
      onSubmit={() => work.mutate(isCounted)}
    >
      {(['since', 'until'] as const).map((part) => (
        <Field
          key={part}
          type="datetime-local"
          label={words[part]}
          required={part === 'since'}
          fault={faultOf(part)}
          value={range[part]}
          onChange={({ target }) => set(part, target.value)}
        />
      ))}
      {isCounted && <Notice>{words.wouldBeSent(number(work.data!.would_be_sent_again!))}</Notice>}
      {work.data?.sent_again !== undefined && (
        <Notice look="good">{words.sentAgain(number(work.data.sent_again))}</Notice>
      )}
    </Asking>
  )
}

function Rotate({ name, onClose }: Props) {
  const words = useWordsFrom(deliveryWords)
  const rotate = useMutation({ mutationFn: () => rotateSecret(name) })
  if (rotate.data) return <Secret onClose={onClose}>{rotate.data.secret}</Secret>
  return (
    <Asking
      title={words.rotate}
      about={words.rotateAbout}
      button={words.rotateButton}
      {...{ onClose, error: rotate.error, busy: rotate.isPending }}
      onSubmit={() => rotate.mutate()}
    />
  )
}

function Remove({ name, onClose }: Props) {
  const words = useWordsFrom(deliveryWords)
  const lookAgain = useLookAgain()
  const remove = useMutation({
    mutationFn: () => removeEndpoint(name),
    onSuccess: onClose,
    onSettled: lookAgain,
  })
  return (
    <Asking
      title={`${words.remove}: ${name}`}
      about={words.removeAbout}
      button={words.removeButton}
      {...{ onClose, error: remove.error, busy: remove.isPending }}
      onSubmit={() => remove.mutate()}
    />
  )
}

export function Secret({ children, onClose }: Closing & Readonly<{ children: string }>) {
  const { common } = useLook().words
  const words = useWordsFrom(deliveryWords)
  return (
    <Dialog title={words.secret} onClose={onClose}>
      <p className="text-soft">{words.secretAbout}</p>
      <output dir="ltr" className="rounded-lg bg-sunk p-3 font-mono text-sm break-all">
        {children}
      </output>
      <div className="flex justify-end gap-2">
        <Copy look="quiet" text={children} />
        <Button onClick={onClose}>{common.close}</Button>
      </div>
    </Dialog>
  )
}

/** What a field of the browser's own time holds, as a moment. */
const momentOf = (local: string) => (local === '' ? undefined : new Date(local).toISOString())
