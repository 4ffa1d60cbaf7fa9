import { useMutation } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { Button } from '../../ui/desk/button.tsx'
import { Dialog } from '../../ui/desk/dialog.tsx'
import { ask } from '../api.ts'
import { CodeField } from '../code-field.tsx'
import { Copy } from '../copy.tsx'
import { Fault, useFieldFaults } from '../faults.tsx'
import { useWords } from '../look.tsx'
import { type Session, useSession } from '../session.ts'

export type Enrolment = Readonly<{ secret: string; uri: string; enrolment: string }>
type Set = Session & Readonly<{ recovery_codes: readonly string[] }>

const Qr = lazy(() => import('../qr.tsx'))

/** What the device is to keep, and its first code. */
export function FactorDialog({
  begun,
  onClose,
  onSet,
}: Readonly<{ begun: Enrolment; onClose(): void; onSet(set: Set): void }>) {
  const words = useWords()
  const [code, setCode] = useState('')
  const set = useMutation({
    mutationFn: () => ask<Set>('PUT', '/second-factor', { enrolment: begun.enrolment, code }),
    onSuccess: onSet,
  })
  const faultOf = useFieldFaults(set.error)
  return (
    <Dialog title={words.factor.dialog} onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          set.mutate()
        }}
      >
        <p className="text-soft">{words.factor.scan}</p>
        <div className="grid min-h-52 place-content-center">
          <Suspense fallback={<p className="text-soft">{words.common.loading}</p>}>
            <Qr text={begun.uri} label={words.factor.qr} />
          </Suspense>
        </div>
        <div className="grid gap-1">
          <p className="text-sm text-soft">{words.factor.byHand}</p>
          <output dir="ltr" className="select-all rounded-lg bg-sunk px-3 py-2 font-mono text-sm">
            {begun.secret.replace(/.{4}(?=.)/g, '$& ')}
          </output>
        </div>
        <CodeField
          fromDevice
          isFirst
          value={code}
          onValue={setCode}
          fault={faultOf('code') ?? faultOf('enrolment')}
        />
        <Fault error={set.error} />
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            {words.common.cancel}
          </Button>
          <Button type="submit" busy={set.isPending}>
            {words.factor.set}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** The recovery codes, this once. */
export function RecoveryCodes({ codes, onClose }: Readonly<{ codes: readonly string[]; onClose(): void }>) {
  const words = useWords()
  const { operator } = useSession()
  const text = codes.join('\n')
  return (
    <Dialog title={words.factor.codes} onClose={onClose}>
      <p className="text-soft">{words.factor.codesAbout}</p>
      <ol dir="ltr" className="grid gap-x-4 gap-y-1 rounded-lg bg-sunk px-4 py-3 font-mono text-sm">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className="flex flex-wrap justify-end gap-2">
        <Copy look="quiet" text={text} />
        <Button look="quiet" onClick={() => save(`landfast ${operator.email}.txt`, `${text}\n`)}>
          {words.factor.save}
        </Button>
        <Button onClick={onClose}>{words.factor.kept}</Button>
      </div>
    </Dialog>
  )
}

function save(name: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}
