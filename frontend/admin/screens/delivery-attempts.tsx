import { useQuery } from '@tanstack/react-query'
import { Badge } from '../../ui/desk/badge.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { ScreenHead } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { Back } from '../back.tsx'
import { type Endpoint, listAttempts, type Tested } from '../deliveries.ts'
import { Fault } from '../faults.tsx'
import { useLook, useWordsFrom } from '../look.tsx'
import { deliveryWords } from '../words/deliveries.ts'

const lookAgainMs = 10_000

/** The latest attempts at an endpoint, with what it answered. */
export function Attempts({ of: { name, host } }: Readonly<{ of: Endpoint }>) {
  const { words: all, moment, number } = useLook()
  const words = useWordsFrom(deliveryWords)
  const found = useQuery({
    queryKey: ['deliveries', name, 'attempts'],
    queryFn: () => listAttempts(name),
    refetchInterval: lookAgainMs,
  })
  const attempts = found.data?.attempts ?? []
  return (
    <div className="grid gap-6">
      <div className="grid gap-2">
        <Back label={words.back} />
        <ScreenHead title={words.attemptsOf(name)} about={host} />
      </div>
      <Fault error={found.error} />
      {found.isPending && <p className="text-soft">{all.common.loading}</p>}
      {found.isSuccess && attempts.length === 0 && <Notice>{words.noAttempts}</Notice>}
      {attempts.length > 0 && (
        <Table
          caption={words.attempts}
          rows={attempts}
          keyOf={({ lead_id, event, attempt, at }) => `${lead_id} ${event} ${attempt} ${at}`}
          columns={[
            {
              head: words.when,
              cell: ({ at }) => (
                <time dateTime={at} className="whitespace-nowrap tabular-nums">
                  {moment(at)}
                </time>
              ),
            },
            {
              head: words.event,
              cell: ({ event, attempt }) => (
                <span className="whitespace-nowrap">
                  <bdi dir="ltr">{event}</bdi> <span className="text-soft">#{number(attempt)}</span>
                </span>
              ),
            },
            {
              head: words.outcome,
              cell: ({ outcome }) => (
                <Badge look={outcome === 'delivered' ? 'good' : 'danger'}>
                  {words.outcomes[outcome] ?? outcome}
                </Badge>
              ),
            },
            {
              head: words.answer,
              cell: ({ status, because, answer }) => (
                <div className="max-w-sm text-sm">
                  {answer ? (
                    <details>
                      <summary className="cursor-pointer">
                        <Status of={status} because={because} />
                      </summary>
                      <Said>{answer}</Said>
                    </details>
                  ) : (
                    <Status of={status} because={because} />
                  )}
                </div>
              ),
            },
            {
              head: words.took,
              isFigure: true,
              cell: ({ took_ms }) => words.milliseconds(number(took_ms)),
            },
          ]}
        />
      )}
    </div>
  )
}

function Status({ of, because }: Readonly<{ of: number | null; because: string | null }>) {
  return (
    <>
      <span className="font-medium tabular-nums">{of || '–'}</span>{' '}
      {because && <bdi className="text-soft">{because}</bdi>}
    </>
  )
}

/** What a test came to: what went out, and what came back. */
export function TestShown({
  tested: { delivered, because, request, answer, took_ms },
}: Readonly<{ tested: Tested }>) {
  const { number } = useLook()
  const words = useWordsFrom(deliveryWords)
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`)
  return (
    <div className="grid gap-3">
      <Notice look={delivered ? 'good' : 'danger'}>
        {delivered ? words.tested(number(took_ms)) : words.notTested(because ?? String(answer.status))}
      </Notice>
      <div className="grid gap-3 lg:grid-cols-2">
        <div className="min-w-0">
          <h3 className="text-sm font-medium">{words.request}</h3>
          <Said>{[...headers, '', request.body].join('\n')}</Said>
        </div>
        <div className="min-w-0">
          <h3 className="text-sm font-medium">{words.received}</h3>
          {answer.status === 0 ? (
            <p className="text-sm text-soft">{words.noAnswer}</p>
          ) : (
            <Said>{`${answer.status}\n\n${answer.body}`}</Said>
          )}
        </div>
      </div>
    </div>
  )
}

/** As it travelled; by the keyboard, too, one can read on where it is long. */
function Said({ children }: Readonly<{ children: string }>) {
  return (
    <pre
      dir="ltr"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard.
      tabIndex={0}
      className="mt-1 max-h-64 overflow-auto rounded-lg bg-sunk p-3 text-xs leading-relaxed break-all whitespace-pre-wrap"
    >
      {children}
    </pre>
  )
}
