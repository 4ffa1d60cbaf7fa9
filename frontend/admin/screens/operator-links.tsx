import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '../../ui/desk/button.tsx'
import { Dialog } from '../../ui/desk/dialog.tsx'
import { Choice, Field } from '../../ui/desk/field.tsx'
import { ask } from '../api.ts'
import { GivenUp, useConfirmed } from '../confirm.tsx'
import { Copy } from '../copy.tsx'
import { Fault, useFieldFaults } from '../faults.tsx'
import { useLook, useWords } from '../look.tsx'
import { type RoleName, roleNames } from '../words/words.ts'

export type MadeLink = Readonly<{ link: string; expires_at: string }>

/** Asks whom to invite. */
export function InviteDialog({
  onClose,
  onMade,
}: Readonly<{ onClose(): void; onMade(made: MadeLink): void }>) {
  const words = useWords()
  const confirmed = useConfirmed()
  const [given, setGiven] = useState<{ email: string; role: RoleName }>({ email: '', role: 'caller' })
  const invite = useMutation({
    mutationFn: () => confirmed(() => ask<MadeLink>('POST', '/operators', given)),
    onSuccess: onMade,
  })
  const faultOf = useFieldFaults(invite.error)
  return (
    <Dialog title={words.operators.invite} onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          invite.mutate()
        }}
      >
        <Field
          label={words.common.email}
          type="email"
          dir="ltr"
          autoComplete="off"
          required
          fault={faultOf('email')}
          value={given.email}
          onChange={({ target }) => setGiven({ ...given, email: target.value })}
        />
        <Choice
          label={words.common.role}
          hint={words.mayDo[given.role]}
          value={given.role}
          onChange={({ target }) => setGiven({ ...given, role: target.value as RoleName })}
        >
          {roleNames.map((role) => (
            <option key={role} value={role}>
              {words.roles[role]}
            </option>
          ))}
        </Choice>
        {!(invite.error instanceof GivenUp) && <Fault error={invite.error} />}
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            {words.common.cancel}
          </Button>
          <Button type="submit" busy={invite.isPending}>
            {words.operators.inviteButton}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

type Whom = Readonly<{ id: string; name: string; second_factor: boolean }>

/** Asks whether a link for a new password also takes the second factor away. */
export function ResetDialog({
  of,
  onClose,
  onMade,
}: Readonly<{ of: Whom; onClose(): void; onMade(made: MadeLink): void }>) {
  const words = useWords()
  const confirmed = useConfirmed()
  const [isLost, setLost] = useState(false)
  const reset = useMutation({
    mutationFn: () =>
      confirmed(() => ask<MadeLink>('POST', `/operators/${of.id}/reset`, { second_factor: isLost })),
    onSuccess: onMade,
  })
  return (
    <Dialog title={words.operators.resetTitle} onClose={onClose}>
      <p className="text-soft">{words.operators.resetAbout(of.name)}</p>
      {of.second_factor && (
        <label className="flex min-h-10 items-center gap-3">
          <input
            type="checkbox"
            className="size-4 accent-brand"
            checked={isLost}
            onChange={({ target }) => setLost(target.checked)}
          />
          {words.operators.resetFactor}
        </label>
      )}
      {!(reset.error instanceof GivenUp) && <Fault error={reset.error} />}
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={onClose}>
          {words.common.cancel}
        </Button>
        <Button busy={reset.isPending} onClick={() => reset.mutate()}>
          {words.operators.inviteButton}
        </Button>
      </div>
    </Dialog>
  )
}

/** The link, this once. */
export function ShowLink({ made, onClose }: Readonly<{ made: MadeLink; onClose(): void }>) {
  const { words, moment } = useLook()
  return (
    <Dialog title={words.operators.linkTitle} onClose={onClose}>
      <p className="text-soft">{words.operators.linkAbout(moment(made.expires_at))}</p>
      <output dir="ltr" className="select-all break-all rounded-lg bg-sunk px-3 py-2 font-mono text-sm">
        {made.link}
      </output>
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={onClose}>
          {words.common.close}
        </Button>
        <Copy text={made.link} />
      </div>
    </Dialog>
  )
}
