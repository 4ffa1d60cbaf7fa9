import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '../../ui/desk/button.tsx'
import { Field } from '../../ui/desk/field.tsx'
import { ask } from '../api.ts'
import { Fault } from '../faults.tsx'
import { useWords } from '../look.tsx'
import { type Session, useEnter } from '../session.ts'
import { Entrance } from './entrance.tsx'

/** Stands in the place of whatever was asked for; signed in, that is there. */
export function SignIn() {
  const words = useWords()
  const enter = useEnter()
  const [given, setGiven] = useState({ email: '', password: '' })
  const signIn = useMutation({
    mutationFn: () => ask<Session>('POST', '/session', given),
    onSuccess: enter,
  })
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
      <p className="text-sm text-soft">
        {words.signIn.forgot}{' '}
        <code dir="ltr" className="rounded bg-sunk px-1.5 py-0.5 text-ink">
          bun run admin:invite --email …
        </code>
      </p>
    </Entrance>
  )
}
