import { useMutation } from '@tanstack/react-query'
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react'
import { Button } from '../ui/desk/button.tsx'
import { Dialog } from '../ui/desk/dialog.tsx'
import { Field } from '../ui/desk/field.tsx'
import { ask, Refused } from './api.ts'
import { CodeField } from './code-field.tsx'
import { useGoElsewhere } from './elsewhere.ts'
import { Fault } from './faults.tsx'
import { useWords } from './look.tsx'
import { type Session, useSession } from './session.ts'

type Confirmed = <T>(work: () => Promise<T>) => Promise<T>
type Asked = Readonly<{ go(): void; giveUp(): void }>

const Current = createContext<Confirmed>((work) => work())

/** Does what may need the password once more, and asks for it then. Rejects where it is not given. */
export const useConfirmed = () => useContext(Current)

export function ConfirmProvider({ children }: Readonly<{ children: ReactNode }>) {
  const { operator } = useSession()
  const [asked, setAsked] = useState<Asked>()
  const confirmed = useCallback<Confirmed>(async (work) => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'confirmation_required') throw error
      await new Promise<void>((go, reject) => setAsked({ go, giveUp: () => reject(new GivenUp()) })).finally(
        () => setAsked(undefined),
      )
      return work()
    }
  }, [])
  return (
    <Current.Provider value={confirmed}>
      {children}
      {asked && (operator.elsewhere ? <AskElsewhere {...asked} /> : <AskPassword {...asked} />)}
    </Current.Provider>
  )
}

/** Nobody gave the password: nothing was done, and nothing is to be said. */
export class GivenUp extends Error {}

/** Whoever has no password here signs in at the provider once more. */
function AskElsewhere({ giveUp }: Asked) {
  const words = useWords()
  const go = useGoElsewhere(true)
  return (
    <Dialog title={words.confirm.again} onClose={giveUp}>
      <p className="text-soft">{words.confirm.aboutAgain}</p>
      <Fault error={go.error} />
      <div className="flex justify-end gap-2">
        <Button look="quiet" onClick={giveUp}>
          {words.common.cancel}
        </Button>
        <Button busy={go.isPending || go.isSuccess} onClick={() => go.mutate()}>
          {words.confirm.again}
        </Button>
      </div>
    </Dialog>
  )
}

function AskPassword({ go, giveUp }: Asked) {
  const words = useWords()
  const { operator } = useSession()
  const [given, setGiven] = useState({ password: '', code: '' })
  const confirm = useMutation({
    mutationFn: () => ask<Session>('POST', '/session/confirmation', given),
    onSuccess: go,
  })
  return (
    <Dialog title={words.confirm.title} onClose={giveUp}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          confirm.mutate()
        }}
      >
        <p className="text-soft">{words.confirm.about}</p>
        <input type="hidden" autoComplete="username" value={operator.email} />
        <Field
          label={words.common.password}
          type="password"
          autoComplete="current-password"
          required
          autoFocus
          value={given.password}
          onChange={({ target }) => setGiven({ ...given, password: target.value })}
        />
        {operator.second_factor && (
          <CodeField value={given.code} onValue={(code) => setGiven({ ...given, code })} />
        )}
        <Fault error={confirm.error} />
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={giveUp}>
            {words.common.cancel}
          </Button>
          <Button type="submit" busy={confirm.isPending}>
            {words.confirm.button}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
