import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { Button } from '../../ui/desk/button.tsx'
import { ask } from '../api.ts'
import { placeBefore } from '../elsewhere.ts'
import { Fault } from '../faults.tsx'
import { useWords } from '../look.tsx'
import { type Session, useEnter } from '../session.ts'
import { Entrance } from './entrance.tsx'

/** Where people come back to who have signed in at the provider. */
export function Elsewhere() {
  const words = useWords()
  const enter = useEnter()
  const navigate = useNavigate()
  const [query] = useState(() => location.search)
  const finish = useMutation({
    mutationFn: () => ask<Session>('POST', '/elsewhere/use', { query }),
    onSuccess(session) {
      enter(session)
      void navigate({ to: placeBefore(), replace: true })
    },
  })
  const isAsked = useRef(false)
  useEffect(() => {
    // It counts once, so it is asked once.
    if (isAsked.current) return
    isAsked.current = true
    finish.mutate()
  }, [finish.mutate])
  return (
    <Entrance title={words.signIn.title}>
      {finish.error ? (
        <>
          <Fault error={finish.error} />
          <Button look="quiet" onClick={() => void navigate({ to: '/', replace: true })}>
            {words.signIn.back}
          </Button>
        </>
      ) : (
        <p className="text-soft">{words.common.loading}</p>
      )}
    </Entrance>
  )
}
