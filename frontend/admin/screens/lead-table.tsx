import { Eye, MessageSquareText } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Badge } from '../../ui/desk/badge.tsx'
import { Short } from '../../ui/desk/short.tsx'
import type { Lead, LeadState } from '../leads.ts'
import { useLook, useWordsFrom } from '../look.tsx'
import { bulkWords } from '../words/bulk.ts'

type Props = Readonly<{
  leads: readonly Lead[]
  chosenId: string | undefined
  phones: ReadonlyMap<string, string>
  onChoose(id: string): void
  onReveal?(id: string): void
  /** Where several can be chosen, which ones are. */
  several?: Readonly<{ ids: ReadonlySet<string>; onChange(ids: ReadonlySet<string>): void }>
}>

const looks = {
  new: 'brand',
  called: 'plain',
  no_answer: 'warn',
  interested: 'good',
  won: 'good',
  lost: 'plain',
  suspect: 'danger',
  corrected: 'plain',
} as const satisfies Record<LeadState, string>

export function StateBadge({ state }: Readonly<{ state: LeadState }>) {
  const { words } = useLook()
  return <Badge look={looks[state]}>{words.leads.states[state] ?? state}</Badge>
}

/** Dense rows on a desktop; on a phone two lines each. */
export function LeadTable({ leads, chosenId, phones, onChoose, onReveal, several }: Props) {
  const { words, moment } = useLook()
  const bulk = useWordsFrom(bulkWords)
  const chosen = useRef<HTMLTableRowElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the row is another when another is chosen.
  useEffect(() => {
    // What it gives back in some browsers is no way to end an effect.
    chosen.current?.scrollIntoView({ block: 'nearest' })
  }, [chosenId])
  const head = 'px-3 py-2 text-start font-medium'
  const cell = 'px-3 py-0.5 max-md:p-0'
  const wide = `${cell} max-md:hidden`
  return (
    <div className="overflow-x-auto rounded-xl border border-line bg-surface">
      <table className="w-full border-collapse max-md:block">
        <caption className="sr-only">{words.leads.title}</caption>
        <thead className="max-md:sr-only">
          <tr className="border-b border-line text-sm text-soft">
            {several && (
              <th scope="col" className="w-9 ps-3 text-start max-md:hidden">
                <Tick
                  label={bulk.chooseAll}
                  isOn={leads.every(({ id }) => several.ids.has(id))}
                  onChange={(isOn) => several.onChange(new Set(isOn ? leads.map(({ id }) => id) : []))}
                />
              </th>
            )}
            {(['phone', 'state', 'when', 'source', 'variant', 'owner'] as const).map((name) => (
              <th key={name} scope="col" className={head}>
                {words.leads[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line max-md:block">
          {leads.map((lead) => (
            <tr
              key={lead.id}
              ref={lead.id === chosenId ? chosen : undefined}
              aria-selected={lead.id === chosenId}
              onClick={() => onChoose(lead.id)}
              className="cursor-pointer hover:bg-sunk aria-selected:bg-sunk aria-selected:outline-2 aria-selected:-outline-offset-2 aria-selected:outline-brand max-md:grid max-md:grid-cols-[1fr_auto] max-md:items-center max-md:gap-x-3 max-md:gap-y-1 max-md:px-4 max-md:py-2.5"
            >
              {several && (
                // biome-ignore lint/a11y/useKeyWithClickEvents: what is beside the box is the row's.
                <td className="w-9 ps-3 max-md:hidden" onClick={(event) => event.stopPropagation()}>
                  <Tick
                    label={`${bulk.choose} ${lead.phone.replace(/^\*+/, '')}`}
                    isOn={several.ids.has(lead.id)}
                    onChange={(isOn) => {
                      const ids = new Set(several.ids)
                      if (isOn) ids.add(lead.id)
                      else ids.delete(lead.id)
                      several.onChange(ids)
                    }}
                  />
                </td>
              )}
              <td className={cell}>
                <span className="flex items-center gap-1">
                  <Phone lead={lead} phone={phones.get(lead.id)} onReveal={onReveal} />
                  {lead.notes > 0 && (
                    <span className="flex items-center gap-1 text-sm text-soft" title={words.leads.notes}>
                      <MessageSquareText size={15} aria-hidden="true" />
                      {lead.notes}
                    </span>
                  )}
                </span>
              </td>
              <td className={`${cell} max-md:justify-self-end`}>
                <StateBadge state={lead.state} />
              </td>
              <td className={`${cell} whitespace-nowrap text-sm tabular-nums text-soft`}>
                <time dateTime={lead.accepted_at}>{moment(lead.accepted_at)}</time>
              </td>
              <td className={`${cell} text-sm max-md:text-end`}>
                <Short least="md:min-w-28">
                  {[lead.source, lead.campaign].filter(Boolean).join(' / ') || '–'}
                </Short>
              </td>
              <td className={`${wide} text-sm`}>
                <Short least="min-w-16">{lead.variant ?? '–'}</Short>
              </td>
              <td className={`${wide} text-sm`}>
                <Short least="min-w-16">{lead.owner?.name ?? '–'}</Short>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Tick({
  label,
  isOn,
  onChange,
}: Readonly<{ label: string; isOn: boolean; onChange(isOn: boolean): void }>) {
  return (
    <input
      type="checkbox"
      aria-label={label}
      className="size-4.5 align-middle accent-brand"
      checked={isOn}
      onChange={({ target }) => onChange(target.checked)}
    />
  )
}

/** Masked until somebody asks for it; then a link that rings it. */
export function Phone({
  lead,
  phone,
  onReveal,
}: Readonly<{ lead: Lead; phone: string | undefined; onReveal?: ((id: string) => void) | undefined }>) {
  const { words } = useLook()
  if (phone !== undefined)
    return (
      <a
        dir="ltr"
        href={`tel:${phone}`}
        onClick={(event) => event.stopPropagation()}
        className="inline-flex min-h-9 items-center whitespace-nowrap font-medium tabular-nums text-brand underline underline-offset-4"
      >
        {phone}
      </a>
    )
  return (
    <>
      <span dir="ltr" className="whitespace-nowrap tabular-nums">
        <span aria-hidden="true">••• </span>
        {lead.phone.replace(/^\*+/, '')}
      </span>
      {onReveal && (
        <button
          type="button"
          title={words.leads.reveal}
          aria-label={`${words.leads.reveal} ${lead.phone.replace(/^\*+/, '')}`}
          onClick={(event) => {
            event.stopPropagation()
            onReveal(lead.id)
          }}
          className="grid size-9 place-content-center rounded-lg text-soft hover:bg-page hover:text-ink"
        >
          <Eye size={17} aria-hidden="true" />
        </button>
      )}
    </>
  )
}
