import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { Badge } from '../../ui/desk/badge.tsx'
import { Button } from '../../ui/desk/button.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { Part, ScreenHead } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { ask } from '../api.ts'
import { GivenUp, useConfirmed } from '../confirm.tsx'
import { Fault } from '../faults.tsx'
import { useLook } from '../look.tsx'
import { type OpenInvite, type Operator, operatorsQuery } from '../operators.ts'
import { useSession } from '../session.ts'
import { type RoleName, roleNames } from '../words/words.ts'
import { InviteDialog, type MadeLink, ResetDialog, ShowLink } from './operator-links.tsx'

type Change = Readonly<{ of: Operator; role?: RoleName; disabled?: boolean }>

/** Who may sign in: invited, given a role, disabled. */
export function Operators() {
  const { words, moment } = useLook()
  const { operator: own, rights } = useSession()
  const mayChange = rights.includes('operators.change')
  const confirmed = useConfirmed()
  const queries = useQueryClient()
  const found = useQuery(operatorsQuery)
  const onSettled = () => queries.invalidateQueries({ queryKey: operatorsQuery.queryKey })
  const [isInviting, setInviting] = useState(false)
  const [link, setLink] = useState<MadeLink>()
  const [resetting, setResetting] = useState<Operator>()
  const change = useMutation({
    mutationFn: ({ of, ...what }: Change) => confirmed(() => ask('PUT', `/operators/${of.id}`, what)),
    onSettled,
  })
  const signOut = useMutation({
    mutationFn: ({ id }: Operator) => confirmed(() => ask('DELETE', `/operators/${id}/sessions`)),
    onSettled,
  })
  const withdraw = useMutation({
    mutationFn: ({ id }: OpenInvite) => confirmed(() => ask('DELETE', `/operators/invites/${id}`)),
    onSettled,
  })
  const error = [found, change, signOut, withdraw].map((each) => each.error).find((each) => each)
  const { operators = [], invites = [] } = found.data ?? {}
  const mayChangeThis = (each: Operator) => mayChange && each.id !== own.id

  return (
    <div className="grid gap-6">
      <ScreenHead title={words.operators.title} about={words.operators.about}>
        {mayChange && (
          <Button onClick={() => setInviting(true)}>
            <UserPlus size={18} aria-hidden="true" />
            {words.operators.invite}
          </Button>
        )}
      </ScreenHead>
      {!(error instanceof GivenUp) && <Fault error={error} />}
      {change.isSuccess && <Notice look="good">{words.operators.changed(change.variables.of.name)}</Notice>}
      {signOut.isSuccess && <Notice look="good">{words.operators.signedOut(signOut.variables.name)}</Notice>}
      {found.isPending && <p className="text-soft">{words.common.loading}</p>}
      {operators.length > 0 && (
        <Table
          caption={words.operators.title}
          rows={operators}
          keyOf={({ id }) => id}
          columns={[
            {
              head: words.common.name,
              cell: (each) => (
                <div className="min-w-0">
                  <p className="flex items-center gap-2 font-medium">
                    <bdi>{each.name}</bdi>
                    {each.id === own.id && <Badge look="brand">{words.operators.you}</Badge>}
                  </p>
                  <p className="truncate text-sm text-soft">
                    <bdi>{each.email}</bdi>
                  </p>
                </div>
              ),
            },
            {
              head: words.common.role,
              cell: (each) =>
                mayChangeThis(each) ? (
                  <select
                    aria-label={words.operators.changeRole(each.name)}
                    value={each.role}
                    disabled={change.isPending}
                    onChange={({ target }) => change.mutate({ of: each, role: target.value as RoleName })}
                    className="min-h-9 rounded-lg border border-field bg-surface px-2"
                  >
                    {roleNames.map((role) => (
                      <option key={role} value={role}>
                        {words.roles[role]}
                      </option>
                    ))}
                  </select>
                ) : (
                  words.roles[each.role]
                ),
            },
            {
              head: words.operators.state,
              cell: ({ disabled, second_factor }) => (
                <span className="flex flex-wrap gap-1">
                  {disabled ? (
                    <Badge look="danger">{words.operators.disabled}</Badge>
                  ) : (
                    <Badge look="good">{words.operators.active}</Badge>
                  )}
                  {second_factor && <Badge>{words.operators.factor}</Badge>}
                </span>
              ),
            },
            {
              head: words.operators.seen,
              cell: ({ seen_at }) => (seen_at ? moment(seen_at) : words.common.never),
            },
            {
              head: words.common.actions,
              bare: true,
              cell: (each) =>
                mayChangeThis(each) && (
                  <span className="flex flex-wrap gap-2 md:justify-end">
                    <Button look="quiet" disabled={each.disabled} onClick={() => setResetting(each)}>
                      {words.operators.reset}
                    </Button>
                    {each.seen_at && (
                      <Button
                        look="quiet"
                        busy={signOut.isPending && signOut.variables.id === each.id}
                        onClick={() => signOut.mutate(each)}
                      >
                        {words.operators.signOut}
                      </Button>
                    )}
                    <Button
                      look={each.disabled ? 'quiet' : 'danger'}
                      busy={change.isPending && change.variables.of.id === each.id}
                      onClick={() => change.mutate({ of: each, disabled: !each.disabled })}
                    >
                      {each.disabled ? words.operators.enable : words.operators.disable}
                    </Button>
                  </span>
                ),
            },
          ]}
        />
      )}
      {invites.length > 0 && (
        <Part title={words.operators.open}>
          <Table
            caption={words.operators.open}
            rows={invites}
            keyOf={({ id }) => id}
            columns={[
              {
                head: words.common.email,
                cell: ({ email }) => <bdi>{email ?? words.operators.anybody}</bdi>,
              },
              { head: words.common.role, cell: ({ role }) => words.roles[role] },
              { head: words.operators.until, cell: ({ expires_at }) => moment(expires_at) },
              {
                head: words.common.actions,
                bare: true,
                cell: (each) =>
                  mayChange && (
                    <span className="flex md:justify-end">
                      <Button look="quiet" onClick={() => withdraw.mutate(each)}>
                        {words.operators.withdraw}
                      </Button>
                    </span>
                  ),
              },
            ]}
          />
        </Part>
      )}
      {isInviting && (
        <InviteDialog
          onClose={() => setInviting(false)}
          onMade={(made) => {
            setInviting(false)
            setLink(made)
            void onSettled()
          }}
        />
      )}
      {resetting && (
        <ResetDialog
          of={resetting}
          onClose={() => setResetting(undefined)}
          onMade={(made) => {
            setResetting(undefined)
            setLink(made)
          }}
        />
      )}
      {link && <ShowLink made={link} onClose={() => setLink(undefined)} />}
    </div>
  )
}
