import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Button } from '../../ui/desk/button.tsx'
import { Fault } from '../faults.tsx'
import {
  addNote,
  getLead,
  getRequests,
  type Lead,
  type LeadState,
  type LeadStep,
  workStates,
} from '../leads.ts'
import { useLook } from '../look.tsx'
import { useSession } from '../session.ts'
import { Phone, StateBadge } from './lead-table.tsx'

type Props = Readonly<{
  id: string
  phone: string | undefined
  onReveal(): void
  onState(lead: Lead, state: LeadState): void
  onClose(): void
}>

/** One lead beside the list; on a phone it comes up from below. */
export function LeadPanel({ id, phone, onReveal, onState, onClose }: Props) {
  const { words, moment } = useLook()
  const { rights } = useSession()
  const mayWork = rights.includes('leads.work')
  const found = useQuery({ queryKey: ['leads', 'one', id], queryFn: () => getLead(id) })
  const { lead, notes = [], timeline = [] } = found.data ?? {}
  return (
    <aside
      aria-label={words.leads.one}
      className="not-printed z-10 grid content-start gap-4 border-line bg-surface p-4 max-lg:fixed max-lg:inset-x-0 max-lg:bottom-14 max-lg:max-h-[70dvh] max-lg:overflow-y-auto max-lg:rounded-t-2xl max-lg:border-t max-lg:shadow-2xl md:max-lg:bottom-0 md:max-lg:start-56 lg:sticky lg:top-6 lg:max-h-[calc(100dvh-3rem)] lg:self-start lg:overflow-y-auto lg:rounded-xl lg:border"
    >
      <div className="flex items-center justify-between gap-2">
        {lead ? (
          <span className="flex items-center text-lg">
            <Phone
              lead={lead}
              phone={phone}
              onReveal={rights.includes('leads.reveal') ? onReveal : undefined}
            />
          </span>
        ) : (
          <span className="text-soft">{words.common.loading}</span>
        )}
        <Button look="bare" className="px-2" aria-label={words.common.close} onClick={onClose}>
          <X size={18} aria-hidden="true" />
        </Button>
      </div>
      <Fault error={found.error} />
      {lead && (
        <>
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
            <Told name={words.leads.state}>
              <StateBadge state={lead.state} />
            </Told>
            <Told name={words.leads.when}>{moment(lead.accepted_at)}</Told>
            <Told name={words.leads.source}>{lead.source ?? '–'}</Told>
            <Told name={words.leads.campaign}>{lead.campaign ?? '–'}</Told>
            {(lead.first_source ?? lead.first_campaign) !== null && (
              <Told name={words.leads.first}>
                {[lead.first_source, lead.first_campaign].filter(Boolean).join(' · ')}
              </Told>
            )}
            <Told name={words.leads.variant}>{lead.variant ?? '–'}</Told>
            <Told name={words.leads.language}>{lead.language ?? '–'}</Told>
            <Told name={words.leads.landing}>
              <span dir="ltr">{lead.landing ?? '–'}</span>
            </Told>
            <Told name={words.leads.device}>
              {lead.device ? (words.leads.devices[lead.device] ?? lead.device) : '–'}
            </Told>
            <Told name={words.leads.owner}>{lead.owner?.name ?? '–'}</Told>
          </dl>
          {mayWork && lead.state !== 'corrected' && (
            <div className="grid grid-cols-2 gap-2">
              {(lead.state === 'suspect' ? (['new'] as const) : workStates).map((state, index) => (
                <Button
                  key={state}
                  look={state === lead.state ? 'main' : 'quiet'}
                  aria-pressed={state === lead.state}
                  className={lead.state === 'suspect' ? 'col-span-2' : 'justify-between px-3'}
                  onClick={() => state !== lead.state && onState(lead, state)}
                >
                  {lead.state === 'suspect' ? words.leads.release : words.leads.states[state]}
                  {lead.state !== 'suspect' && (
                    <kbd className="text-xs opacity-70 max-md:hidden">{index + 1}</kbd>
                  )}
                </Button>
              ))}
            </div>
          )}
          <section className="grid gap-2">
            <h2 className="font-semibold">{words.leads.notes}</h2>
            <ul className="grid gap-2">
              {notes.map(({ id, by, at, text }) => (
                <li key={id} className="rounded-lg bg-sunk px-3 py-2">
                  <p className="whitespace-pre-wrap break-words" dir="auto">
                    {text}
                  </p>
                  <p className="text-xs text-soft">
                    <bdi>{by}</bdi> · {moment(at)}
                  </p>
                </li>
              ))}
            </ul>
            {mayWork && <WriteNote id={id} />}
          </section>
          <Timeline id={id} timeline={timeline} />
          {rights.includes('leads.erase') && (
            <Link
              to="/erasures"
              search={{ lead: id } as never}
              className="justify-self-start text-sm text-danger underline"
            >
              {words.erasures.ofThisLead}
            </Link>
          )}
        </>
      )}
    </aside>
  )
}

/** All that became of the lead, and the requests that its phone came with, which are asked for when somebody looks. */
function Timeline({ id, timeline }: Readonly<{ id: string; timeline: readonly LeadStep[] }>) {
  const { words, moment } = useLook()
  const [isOpen, setOpen] = useState(false)
  const requests = useQuery({
    queryKey: ['leads', 'requests', id],
    queryFn: () => getRequests(id),
    enabled: isOpen,
    retry: false,
  })
  const asked = (requests.data?.data ?? []).map(({ at, ...what }) => ({ at, kind: 'asked' as const, what }))
  const steps = [...timeline, ...asked].sort((one, other) => (one.at < other.at ? 1 : -1))
  return (
    <details className="grid gap-2" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="cursor-pointer font-semibold">{words.leads.timeline}</summary>
      <Fault error={requests.error} />
      <ol className="mt-2 grid gap-2 text-sm">
        {steps.map((step) => (
          <li key={`${step.at} ${step.kind} ${JSON.stringify(step.what)}`}>
            <time dateTime={step.at} className="block text-xs text-soft">
              {moment(step.at)}
            </time>
            <Step step={step} />
          </li>
        ))}
      </ol>
    </details>
  )
}

/** One thing that became of the lead. */
function Step({ step: { kind, by, what = {} } }: Readonly<{ step: LeadStep }>) {
  const { words } = useLook()
  const { steps, states } = words.leads
  if (kind === 'came' || kind === 'stored') return <span>{steps[kind]}</span>
  if (kind === 'asked')
    return (
      <span>
        {steps.asked}{' '}
        <span dir="ltr" className="text-soft">
          {[what.outcome, what.device, what.address].filter(Boolean).join(' · ')}
        </span>
      </span>
    )
  if (kind === 'told')
    return (
      <span>
        {steps.told} <bdi>{by}</bdi>{' '}
        <span dir="ltr" className="text-soft">
          {[what.event, what.outcome, what.status, what.because].filter(Boolean).join(' · ')}
        </span>
      </span>
    )
  const { state } = (what.after ?? {}) as { state?: LeadState }
  const action = String(what.action)
  return (
    <span>
      <bdi>{by}</bdi> {words.audit.actions[action] ?? action}
      {state && `: ${states[state] ?? state}`}
    </span>
  )
}

function Told({ name, children }: Readonly<{ name: string; children: ReactNode }>) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="min-w-0 break-words">
        <bdi>{children}</bdi>
      </dd>
    </>
  )
}

// What somebody has begun to write, by who they are and of which lead: it stays while another lead is open, and where they have to
// sign in again.
const begun = new Map<string, string>()

function WriteNote({ id }: Readonly<{ id: string }>) {
  const { words } = useLook()
  const queries = useQueryClient()
  const ofWhom = `${useSession().operator.id} ${id}`
  const [text, setShown] = useState(begun.get(ofWhom) ?? '')
  const setText = (written: string) => {
    setShown(written)
    if (written === '') begun.delete(ofWhom)
    else begun.set(ofWhom, written)
  }
  const write = useMutation({
    mutationFn: () => addNote(id, text),
    onSuccess() {
      setText('')
      return queries.invalidateQueries({ queryKey: ['leads'] })
    },
  })
  return (
    <form
      className="grid gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '') write.mutate()
      }}
    >
      <textarea
        aria-label={words.leads.note}
        placeholder={words.leads.note}
        rows={2}
        maxLength={2_000}
        dir="auto"
        value={text}
        onChange={({ target }) => setText(target.value)}
        className="rounded-lg border border-field bg-surface px-3 py-2 placeholder:text-soft"
      />
      <Fault error={write.error} />
      <Button type="submit" look="quiet" className="justify-self-start" busy={write.isPending}>
        {words.leads.addNote}
      </Button>
    </form>
  )
}
