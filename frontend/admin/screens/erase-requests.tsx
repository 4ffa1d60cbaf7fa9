import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Badge } from '../../ui/desk/badge.tsx'
import { Button } from '../../ui/desk/button.tsx'
import { Dialog } from '../../ui/desk/dialog.tsx'
import { Field } from '../../ui/desk/field.tsx'
import { Part } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { ask } from '../api.ts'
import { Asking } from '../asking.tsx'
import { GivenUp, useConfirmed } from '../confirm.tsx'
import { Fault, useFieldFaults } from '../faults.tsx'
import { useLook, useWordsFrom } from '../look.tsx'
import { requestWords } from '../words/erase-requests.ts'
import { type Found, FoundList } from './found-list.tsx'

type EraseRequest = Readonly<{
  id: string
  asked_at: string
  language: string
  last_digits: string | null
  decision: 'erased' | 'refused' | null
  decided_at: string | null
  decided_by: string | null
  reason: string | null
}>

const path = '/erase-requests'
const queryKey = ['erase-requests']

/** Who asked by the public form to be forgotten; nothing where nobody did. */
export function EraseRequests() {
  const { words: all, moment } = useLook()
  const words = useWordsFrom(requestWords)
  const confirmed = useConfirmed()
  const queries = useQueryClient()
  const [refusing, setRefusing] = useState<EraseRequest>()
  const found = useQuery({
    queryKey,
    queryFn: () => ask<{ data: readonly EraseRequest[] }>('GET', path),
  })
  const lookAgain = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey }),
      queries.invalidateQueries({ queryKey: ['erasures'] }),
    ])
  const look = useMutation({
    mutationFn: ({ id }: EraseRequest) =>
      confirmed(() => ask<{ found: Found }>('POST', `${path}/${id}/look`)),
  })
  const erase = useMutation({
    mutationFn: ({ id }: EraseRequest) => confirmed(() => ask('POST', `${path}/${id}/confirm`)),
    onSuccess() {
      look.reset()
      return lookAgain()
    },
  })
  const errors = [found.error, look.error].filter((error) => !(error instanceof GivenUp))
  const rows = found.data?.data ?? []
  if (rows.length === 0) return <Fault error={found.error} />
  return (
    <Part title={words.title} about={words.about}>
      {errors.map((error) => error && <Fault key={String(error)} error={error} />)}
      <Table
        caption={words.title}
        rows={rows}
        keyOf={({ id }) => id}
        columns={[
          { head: words.asked, cell: ({ asked_at }) => moment(asked_at) },
          {
            head: words.phone,
            cell: ({ last_digits: digits }) => (digits ? <bdi>{words.ends(digits)}</bdi> : '–'),
          },
          {
            head: words.decision,
            cell: ({ decision, decided_by: by, reason }) => (
              <div>
                <Badge look={decision === null ? 'warn' : decision === 'erased' ? 'good' : 'plain'}>
                  {words[decision ?? 'waits']}
                </Badge>{' '}
                <bdi className="text-soft">{by}</bdi>
                {reason && <p className="text-sm text-soft">{reason}</p>}
              </div>
            ),
          },
          {
            head: all.common.actions,
            bare: true,
            cell: (request) =>
              request.decision === null && (
                <span className="flex flex-wrap items-center gap-2 md:justify-end">
                  <Link
                    to="/leads"
                    search={{ q: request.last_digits ?? '' } as never}
                    className="px-2 text-brand underline underline-offset-4"
                  >
                    {words.find}
                  </Link>
                  <Button
                    look="quiet"
                    busy={look.isPending && look.variables.id === request.id}
                    onClick={() => look.mutate(request)}
                  >
                    {words.look}
                  </Button>
                  <Button look="bare" onClick={() => setRefusing(request)}>
                    {words.refuse}
                  </Button>
                </span>
              ),
          },
        ]}
      />
      {look.data && (
        <Dialog title={words.look} onClose={look.reset}>
          <FoundList found={look.data.found} none={words.nothing} />
          <p className="text-sm text-soft">{all.erasures.forGood}</p>
          {!(erase.error instanceof GivenUp) && <Fault error={erase.error} />}
          <div className="flex justify-end gap-2">
            <Button look="quiet" onClick={look.reset}>
              {all.common.cancel}
            </Button>
            <Button look="danger" busy={erase.isPending} onClick={() => erase.mutate(look.variables)}>
              {all.erasures.erase}
            </Button>
          </div>
        </Dialog>
      )}
      {refusing && (
        <Refusing
          request={refusing}
          onDone={() => {
            setRefusing(undefined)
            void lookAgain()
          }}
        />
      )}
    </Part>
  )
}

function Refusing({ request, onDone }: Readonly<{ request: EraseRequest; onDone(): void }>) {
  const words = useWordsFrom(requestWords)
  const [reason, setReason] = useState('')
  const refuse = useMutation({
    mutationFn: () => ask('POST', `${path}/${request.id}/refuse`, { reason }),
    onSuccess: onDone,
  })
  const faultOf = useFieldFaults(refuse.error)
  return (
    <Asking
      title={words.refuse}
      button={words.refuse}
      error={refuse.error}
      busy={refuse.isPending}
      onSubmit={() => refuse.mutate()}
      onClose={onDone}
    >
      <Field
        label={words.reason}
        hint={words.reasonHint}
        fault={faultOf('reason')}
        required
        autoFocus
        dir="auto"
        maxLength={500}
        value={reason}
        onChange={({ target }) => setReason(target.value)}
      />
    </Asking>
  )
}
