import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Badge } from '../../ui/desk/badge.tsx'
import { Button } from '../../ui/desk/button.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { Part } from '../../ui/desk/panel.tsx'
import { ask } from '../api.ts'
import { GivenUp, useConfirmed } from '../confirm.tsx'
import { Fault } from '../faults.tsx'
import { useLook } from '../look.tsx'
import { type Session, useEnter, useSession } from '../session.ts'
import { type Enrolment, FactorDialog, RecoveryCodes } from './second-factor-dialogs.tsx'

type Codes = Readonly<{ recovery_codes: readonly string[] }>

const queryKey = ['second-factor']
const fewCodes = 3

/** The second factor of one's own: set, with new recovery codes, or removed. */
export function SecondFactor() {
  const { words, number } = useLook()
  const { operator, rights } = useSession()
  const confirmed = useConfirmed()
  const enter = useEnter()
  const queries = useQueryClient()
  const isOn = operator.second_factor
  const found = useQuery({
    queryKey,
    queryFn: () => ask<{ codes_left: number }>('GET', '/second-factor'),
    enabled: isOn,
    staleTime: 0,
  })
  const [begun, setBegun] = useState<Enrolment>()
  const [codes, setCodes] = useState<readonly string[]>()
  const begin = useMutation({
    mutationFn: () => confirmed(() => ask<Enrolment>('POST', '/second-factor')),
    onSuccess: setBegun,
  })
  const renew = useMutation({
    mutationFn: () => confirmed(() => ask<Codes>('POST', '/second-factor/codes')),
    onSuccess: ({ recovery_codes }) => setCodes(recovery_codes),
    onSettled: () => queries.invalidateQueries({ queryKey }),
  })
  const remove = useMutation({
    mutationFn: () => confirmed(() => ask<Session>('DELETE', '/second-factor')),
    onSuccess: enter,
  })
  const error = begin.error ?? renew.error ?? remove.error ?? found.error
  const left = found.data?.codes_left
  return (
    <Part title={words.factor.title} about={words.factor.about}>
      {!isOn && rights.length === 1 && <Notice look="danger">{words.factor.required}</Notice>}
      {!(error instanceof GivenUp) && <Fault error={error} />}
      {isOn ? (
        <>
          <p className="flex flex-wrap items-center gap-2">
            <Badge look="good">{words.factor.on}</Badge>
            {left !== undefined && (
              <Badge look={left < fewCodes ? 'warn' : 'plain'}>{words.factor.codesLeft(number(left))}</Badge>
            )}
          </p>
          <div className="flex flex-wrap gap-2">
            <Button look="quiet" busy={renew.isPending} onClick={() => renew.mutate()}>
              {words.factor.renew}
            </Button>
            <Button look="quiet" busy={begin.isPending} onClick={() => begin.mutate()}>
              {words.factor.another}
            </Button>
            <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
              {words.factor.remove}
            </Button>
          </div>
        </>
      ) : (
        <Button className="justify-self-start" busy={begin.isPending} onClick={() => begin.mutate()}>
          {words.factor.begin}
        </Button>
      )}
      {begun && (
        <FactorDialog
          begun={begun}
          onClose={() => setBegun(undefined)}
          onSet={({ recovery_codes, ...session }) => {
            setBegun(undefined)
            setCodes(recovery_codes)
            enter(session)
          }}
        />
      )}
      {codes && <RecoveryCodes codes={codes} onClose={() => setCodes(undefined)} />}
    </Part>
  )
}
