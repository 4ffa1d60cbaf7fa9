import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '../../ui/desk/button.tsx'
import { Field } from '../../ui/desk/field.tsx'
import { ask, Refused } from '../api.ts'
import { CodeField } from '../code-field.tsx'
import { useGoElsewhere } from '../elsewhere.ts'
import { Fault } from '../faults.tsx'
import { useWords } from '../look.tsx'
import { type Session, useEnter } from '../session.ts'
import { Entrance } from './entrance.tsx'

/** The other way in, where there is one. */
function Provider() {
  const words = useWords()
  const found = useQuery({
    queryKey: ['elsewhere'],
    queryFn: () => ask<{ name: string | null }>('GET', '/elsewhere'),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const go = useGoElsewhere(false)
  if (!found.data?.name) return null
  return (
    <div className="grid gap-4">
      <p className="text-center text-sm text-soft">{words.signIn.or}</p>
      <Button look="quiet" busy={go.isPending || go.isSuccess} onClick={() => go.mutate()}>
        <bdi>{words.signIn.at(found.data.name)}</bdi>
      </Button>
      <Fault error={go.error} />
    </div>
  )
}

const nothing = { email: '', password: '', code: '' }

/** Stands in the place of whatever was asked for; signed in, that is there. */
export function SignIn() {
  const words = useWords()
  const enter = useEnter()
  const [given, setGiven] = useState(nothing)
  const [asksCode, setAsksCode] = useState(false)
  const signIn = useMutation({
    mutationFn: () => ask<Session>('POST', '/session', given),
    onSuccess: enter,
    onError(error) {
      if (error instanceof Refused && error.code === 'code_required') setAsksCode(true)
    },
  })
  const { error } = signIn
  if (asksCode)
    return (
      <Entrance title={words.signIn.codeTitle} about={given.email}>
        <form
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            signIn.mutate()
          }}
        >
          <CodeField isFirst value={given.code} onValue={(code) => setGiven({ ...given, code })} />
          {!(error instanceof Refused && error.code === 'code_required') && <Fault error={error} />}
          <Button type="submit" busy={signIn.isPending}>
            {words.signIn.button}
          </Button>
          <Button
            look="bare"
            onClick={() => {
              setAsksCode(false)
              setGiven(nothing)
              signIn.reset()
            }}
          >
            {words.signIn.back}
          </Button>
        </form>
      </Entrance>
    )
  return (
    <Entrance title={words.signIn.title}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          signIn.mutate()
        }}
      >
        <Field
          label={words.common.email}
          type="email"
          dir="ltr"
          autoComplete="username"
          required
          value={given.email}
          onChange={({ target }) => setGiven({ ...given, email: target.value })}
        />
        <Field
          label={words.common.password}
          type="password"
          dir="ltr"
          autoComplete="current-password"
          required
          value={given.password}
          onChange={({ target }) => setGiven({ ...given, password: target.value })}
        />
        <Fault error={signIn.error} />
        <Button type="submit" busy={signIn.isPending}>
          {words.signIn.button}
        </Button>
      </form>
      <Provider />
      <p className="text-sm text-soft">
        {words.signIn.forgot}{' '}
        <code dir="ltr" className="rounded bg-sunk px-1.5 py-0.5 text-ink">
          bun run admin:invite --email …
        </code>
      </p>
    </Entrance>
  )
}
