import type { ReactNode } from 'react'
import { Button } from '../ui/desk/button.tsx'
import { Dialog } from '../ui/desk/dialog.tsx'
import { Fault } from './faults.tsx'
import { useWords } from './look.tsx'

type Props = Readonly<{
  title: string
  about?: string | undefined
  button: string
  error: unknown
  busy: boolean
  onSubmit(): void
  onClose(): void
  children?: ReactNode
}>

/** A form that stands before everything else until it is sent or given up. */
export function Asking({ title, about, button, error, busy, onSubmit, onClose, children }: Props) {
  const { common } = useWords()
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          onSubmit()
        }}
      >
        {about && <p className="text-soft">{about}</p>}
        {children}
        <Fault error={error} />
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" busy={busy}>
            {button}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
