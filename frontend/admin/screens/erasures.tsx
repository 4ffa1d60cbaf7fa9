import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { Badge } from '../../ui/desk/badge.tsx'
import { Button } from '../../ui/desk/button.tsx'
import { Field } from '../../ui/desk/field.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { Part, ScreenHead } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { ask } from '../api.ts'
import { GivenUp, useConfirmed } from '../confirm.tsx'
import { Fault, useFieldFaults } from '../faults.tsx'
import { useLook } from '../look.tsx'
import { useSession } from '../session.ts'
import { EraseRequests } from './erase-requests.tsx'
import { type Found, FoundList } from './found-list.tsx'

type Erasure = Readonly<{
  id: string
  phone_hash: string
  asked_at: string
  asked_by: string
  finished_at: string | null
  found: Found
  leads: readonly string[]
  told: readonly Readonly<{ endpoint: string; state: string; at: string | null }>[]
  backups_gone_at: string | null
}>
/** By a phone as it was typed, or by one of their leads. */
type Whom = Readonly<{ phone: string } | { lead: string }>

/** Gives the browser a file to keep. */
function save(text: string, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

const lookAgainMs = 3_000

/** Who is to be forgotten, and the receipts of those who were. */
export function Erasures() {
  const { words } = useLook()
  const { lead } = useSearch({ strict: false }) as Readonly<{ lead?: string }>
  const [phone, setPhone] = useState('')
  const confirmed = useConfirmed()
  const { rights } = useSession()
  const queries = useQueryClient()
  const whom: Whom = lead === undefined ? { phone } : { lead }
  const look = useMutation({
    mutationFn: () => confirmed(() => ask<{ found: Found }>('POST', '/erasures/look', whom)),
  })
  const copy = useMutation({
    mutationFn: () => confirmed(() => ask<unknown>('POST', '/erasures/copy', whom)),
    onSuccess: (kept) => save(JSON.stringify(kept, null, 2), 'person.json'),
  })
  const erase = useMutation({
    mutationFn: () => confirmed(() => ask<{ erasure: Erasure }>('POST', '/erasures', whom)),
    onSuccess() {
      setPhone('')
      look.reset()
      return queries.invalidateQueries({ queryKey: ['erasures'] })
    },
  })
  const faultOf = useFieldFaults(look.error)
  const errors = [look.error, copy.error, erase.error].filter((error) => !(error instanceof GivenUp))
  return (
    <div className="grid gap-6">
      <ScreenHead title={words.erasures.title} about={words.erasures.about} />
      <form
        className="grid max-w-xl gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          look.mutate()
        }}
      >
        {lead === undefined ? (
          <Field
            label={words.leads.phone}
            hint={words.erasures.anySpelling}
            dir="ltr"
            inputMode="tel"
            autoComplete="off"
            required
            fault={faultOf('phone')}
            value={phone}
            onChange={({ target }) => {
              setPhone(target.value)
              look.reset()
            }}
          />
        ) : (
          <p>{words.erasures.ofLead}</p>
        )}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" look="quiet" busy={look.isPending}>
            {words.erasures.look}
          </Button>
          {rights.includes('leads.export') && (
            <Button
              look="bare"
              disabled={lead === undefined && phone.trim() === ''}
              busy={copy.isPending}
              onClick={() => copy.mutate()}
            >
              {words.erasures.copy}
            </Button>
          )}
        </div>
        {errors.map((error) => error && <Fault key={String(error)} error={error} />)}
        {look.data && (
          <div className="grid gap-3 rounded-xl border border-line bg-surface p-4">
            <FoundList found={look.data.found} none={words.erasures.nothing} />
            <p className="text-sm text-soft">{words.erasures.forGood}</p>
            <Button
              look="danger"
              className="justify-self-start"
              busy={erase.isPending}
              onClick={() => erase.mutate()}
            >
              {words.erasures.erase}
            </Button>
          </div>
        )}
        {erase.data && <Notice look="good">{words.erasures.begun}</Notice>}
      </form>
      <EraseRequests />
      <Receipts />
    </div>
  )
}

function Receipts() {
  const { words, moment } = useLook()
  const found = useQuery({
    queryKey: ['erasures'],
    queryFn: () => ask<{ data: readonly Erasure[] }>('GET', '/erasures'),
    refetchInterval: ({ state }) =>
      state.data?.data.some(({ finished_at }) => finished_at === null) ? lookAgainMs : false,
  })
  const erasures = found.data?.data ?? []
  return (
    <Part title={words.erasures.receipts} about={words.erasures.receiptsAbout}>
      <Fault error={found.error} />
      {found.isSuccess && erasures.length === 0 && <Notice>{words.erasures.none}</Notice>}
      {erasures.length > 0 && (
        <Table
          caption={words.erasures.receipts}
          rows={erasures}
          keyOf={({ id }) => id}
          columns={[
            {
              head: words.audit.when,
              cell: ({ finished_at, asked_at }) => (
                <span className="grid gap-1">
                  <time dateTime={asked_at} className="whitespace-nowrap tabular-nums">
                    {moment(finished_at ?? asked_at)}
                  </time>
                  {finished_at === null && <Badge look="warn">{words.erasures.open}</Badge>}
                </span>
              ),
            },
            { head: words.audit.who, cell: ({ asked_by }) => <bdi>{asked_by}</bdi> },
            {
              head: words.erasures.hash,
              cell: ({ phone_hash }) => (
                <code dir="ltr" className="select-all break-all text-sm">
                  {phone_hash}
                </code>
              ),
            },
            {
              head: words.erasures.was,
              cell: ({ found }) => <FoundList found={found} none={words.erasures.nothing} />,
            },
            {
              head: words.erasures.told,
              cell: ({ told }) => (
                <ul className="text-sm">
                  {told.map(({ endpoint, state }) => (
                    <li key={`${endpoint} ${state}`}>
                      <bdi>{endpoint}</bdi>{' '}
                      <span className="text-soft">
                        {state === 'delivered' ? words.erasures.delivered : words.erasures.onItsWay}
                      </span>
                    </li>
                  ))}
                </ul>
              ),
            },
            {
              head: words.erasures.backups,
              cell: ({ backups_gone_at }) => backups_gone_at && moment(backups_gone_at),
            },
          ]}
        />
      )}
    </Part>
  )
}
