import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Badge } from '../../ui/desk/badge.tsx'
import { Button } from '../../ui/desk/button.tsx'
import { Choice, Field } from '../../ui/desk/field.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { Part, ScreenHead } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { ask } from '../api.ts'
import { browserOf } from '../browser.ts'
import { GivenUp, useConfirmed } from '../confirm.tsx'
import { Fault, useFieldFaults } from '../faults.tsx'
import { type Language, languages, type Theme, themes, useLook } from '../look.tsx'
import { type Session, useEnter, useSession } from '../session.ts'
import { SecondFactor } from './second-factor.tsx'

type OwnSession = Readonly<{
  id: string
  own: boolean
  seen_at: string
  expires_at: string
  client: string
  agent: string
}>

/** What somebody sees and sets of themselves. */
export function Account() {
  const { words } = useLook()
  const { operator } = useSession()
  return (
    <div className="grid gap-8">
      <ScreenHead
        title={words.account.title}
        about={`${operator.name} · ${operator.email} · ${words.roles[operator.role]}`}
      />
      <Sessions />
      {!operator.elsewhere && (
        <>
          <SecondFactor />
          <Password />
        </>
      )}
      <HowItLooks />
    </div>
  )
}

function Sessions() {
  const { words, moment } = useLook()
  const queries = useQueryClient()
  const queryKey = ['sessions']
  const confirmed = useConfirmed()
  const found = useQuery({
    queryKey,
    queryFn: () => ask<{ sessions: readonly OwnSession[] }>('GET', '/sessions'),
    // Who looks here wants to see who is here now.
    staleTime: 0,
  })
  const end = useMutation({
    mutationFn: (id: string | undefined) =>
      confirmed(() => ask('DELETE', id === undefined ? '/sessions' : `/sessions/${id}`)),
    onSettled: () => queries.invalidateQueries({ queryKey }),
  })
  const { sessions = [] } = found.data ?? {}
  return (
    <Part title={words.account.sessions} about={words.account.sessionsAbout}>
      {!(end.error instanceof GivenUp) && <Fault error={found.error ?? end.error} />}
      {found.isPending && <p className="text-soft">{words.common.loading}</p>}
      {sessions.length > 0 && (
        <Table
          caption={words.account.sessions}
          rows={sessions}
          keyOf={({ id }) => id}
          columns={[
            {
              head: words.account.browser,
              cell: ({ agent, own }) => (
                <span className="flex flex-wrap items-center gap-2" title={agent}>
                  <bdi>{browserOf(agent) ?? words.account.unknownBrowser}</bdi>
                  {own && <Badge look="brand">{words.account.here}</Badge>}
                </span>
              ),
            },
            { head: words.account.network, cell: ({ client }) => <bdi>{client}</bdi> },
            { head: words.account.seen, cell: ({ seen_at }) => moment(seen_at) },
            { head: words.account.until, cell: ({ expires_at }) => moment(expires_at) },
            {
              head: words.common.actions,
              bare: true,
              cell: ({ id, own }) =>
                !own && (
                  <Button
                    look="quiet"
                    busy={end.isPending && end.variables === id}
                    onClick={() => end.mutate(id)}
                  >
                    {words.account.end}
                  </Button>
                ),
            },
          ]}
        />
      )}
      {sessions.length > 2 && (
        <Button look="danger" className="justify-self-start" onClick={() => end.mutate(undefined)}>
          {words.account.endOthers}
        </Button>
      )}
      {end.isSuccess && <Notice look="good">{words.account.ended}</Notice>}
    </Part>
  )
}

const nothing = { current: '', password: '' }

function Password() {
  const { words } = useLook()
  const { operator } = useSession()
  const enter = useEnter()
  const [given, setGiven] = useState(nothing)
  const confirmed = useConfirmed()
  const change = useMutation({
    mutationFn: () => confirmed(() => ask<Session>('PUT', '/password', given)),
    onSuccess(session) {
      enter(session)
      setGiven(nothing)
    },
  })
  const faultOf = useFieldFaults(change.error)
  return (
    <Part title={words.account.passwordTitle}>
      <form
        className="grid max-w-sm gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate()
        }}
      >
        <input type="hidden" autoComplete="username" value={operator.email} />
        <Field
          label={words.account.current}
          type="password"
          dir="ltr"
          autoComplete="current-password"
          required
          value={given.current}
          onChange={({ target }) => setGiven({ ...given, current: target.value })}
        />
        <Field
          label={words.invite.newPassword}
          type="password"
          dir="ltr"
          autoComplete="new-password"
          required
          hint={words.invite.passwordHint}
          fault={faultOf('password')}
          value={given.password}
          onChange={({ target }) => setGiven({ ...given, password: target.value })}
        />
        {!(change.error instanceof GivenUp) && <Fault error={change.error} />}
        {change.isSuccess && <Notice look="good">{words.account.changed}</Notice>}
        <Button type="submit" look="quiet" className="justify-self-start" busy={change.isPending}>
          {words.account.change}
        </Button>
      </form>
    </Part>
  )
}

function HowItLooks() {
  const { words, language, setLanguage, theme, setTheme } = useLook()
  return (
    <Part title={words.account.look}>
      <div className="grid max-w-sm gap-4 sm:grid-cols-2">
        <Choice
          label={words.account.language}
          value={language}
          onChange={({ target }) => setLanguage(target.value as Language)}
        >
          {(Object.keys(languages) as Language[]).map((each) => (
            <option key={each} value={each} lang={each}>
              {languages[each].name}
            </option>
          ))}
        </Choice>
        <Choice
          label={words.account.theme}
          value={theme}
          onChange={({ target }) => setTheme(target.value as Theme)}
        >
          {themes.map((each) => (
            <option key={each} value={each}>
              {words.account.themes[each]}
            </option>
          ))}
        </Choice>
      </div>
    </Part>
  )
}
