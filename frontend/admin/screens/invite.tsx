import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Button } from '../../ui/desk/button.tsx'
import { Field } from '../../ui/desk/field.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { ask } from '../api.ts'
import { CodeField } from '../code-field.tsx'
import { Fault, useFieldFaults } from '../faults.tsx'
import { useWords } from '../look.tsx'
import { type Session, useEnter } from '../session.ts'
import type { RoleName } from '../words/words.ts'
import { Entrance } from './entrance.tsx'

type Link = Readonly<{
  is_for: 'joining' | 'password' | 'password_and_factor'
  role: RoleName
  email: string | null
  needs_code: boolean
}>

/** What a link leads to: an account of one's own, or a new password for the one there is. */
export function Invite() {
  const words = useWords()
  const [token] = useState(() => location.hash.slice(1))
  const link = useQuery({
    queryKey: ['link', token],
    queryFn: () => ask<Link>('POST', '/link', { token }),
    enabled: token !== '',
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (token === '')
    return (
      <Entrance title={words.invite.title}>
        <Notice>{words.invite.none}</Notice>
      </Entrance>
    )
  if (!link.data)
    return (
      <Entrance title={words.invite.title}>
        {link.error ? <Fault error={link.error} /> : <p className="text-soft">{words.common.loading}</p>}
      </Entrance>
    )
  return <UseLink token={token} link={link.data} />
}

function UseLink({ token, link }: Readonly<{ token: string; link: Link }>) {
  const words = useWords()
  const enter = useEnter()
  const navigate = useNavigate()
  const isJoining = link.is_for === 'joining'
  const [given, setGiven] = useState({ email: link.email ?? '', name: '', password: '', code: '' })
  const use = useMutation({
    mutationFn: () => {
      const { email, name, password, code } = given
      return ask<Session>('POST', '/link/use', {
        ...{ token, password },
        ...(link.needs_code && { code }),
        ...(isJoining && { name, ...(link.email === null && { email }) }),
      })
    },
    onSuccess(session) {
      enter(session)
      void navigate({ to: '/', replace: true })
    },
  })
  const faultOf = useFieldFaults(use.error)
  return (
    <Entrance
      title={isJoining ? words.invite.title : words.invite.resetTitle}
      about={
        isJoining ? words.invite.asRole(words.roles[link.role]) : words.invite.resetFor(link.email ?? '')
      }
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          use.mutate()
        }}
      >
        {isJoining && (
          <>
            <Field
              label={words.common.name}
              autoComplete="name"
              required
              maxLength={64}
              fault={faultOf('name')}
              value={given.name}
              onChange={({ target }) => setGiven({ ...given, name: target.value })}
            />
            <Field
              label={words.common.email}
              type="email"
              dir="ltr"
              autoComplete="username"
              required
              readOnly={link.email !== null}
              fault={faultOf('email')}
              value={given.email}
              onChange={({ target }) => setGiven({ ...given, email: target.value })}
            />
          </>
        )}
        <Field
          label={isJoining ? words.common.password : words.invite.newPassword}
          type="password"
          dir="ltr"
          autoComplete="new-password"
          required
          hint={words.invite.passwordHint}
          fault={faultOf('password')}
          value={given.password}
          onChange={({ target }) => setGiven({ ...given, password: target.value })}
        />
        {link.needs_code && <CodeField value={given.code} onValue={(code) => setGiven({ ...given, code })} />}
        {link.is_for === 'password_and_factor' && <Notice>{words.invite.factorToo}</Notice>}
        <Fault error={use.error} />
        <Button type="submit" busy={use.isPending}>
          {isJoining ? words.invite.button : words.invite.resetButton}
        </Button>
      </form>
    </Entrance>
  )
}
