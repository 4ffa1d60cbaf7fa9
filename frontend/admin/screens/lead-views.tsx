import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Bookmark, Pencil, UsersRound } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/desk/button.tsx'
import { Field } from '../../ui/desk/field.tsx'
import { Refused } from '../api.ts'
import { Asking } from '../asking.tsx'
import { Fault } from '../faults.tsx'
import type { LeadView } from '../leads.ts'
import { useLook, useWordsFrom } from '../look.tsx'
import { useSession } from '../session.ts'
import {
  changeView,
  isSame,
  keptOf,
  listViews,
  removeView,
  type SavedView,
  saveView,
  shareView,
} from '../views.ts'
import { viewWords } from '../words/views.ts'

const queryKey = ['views']

/** The views that have a name, above the list; the one that is shown is marked. */
export function LeadViews({ view }: Readonly<{ view: LeadView }>) {
  const words = useWordsFrom(viewWords)
  const { rights } = useSession()
  const { data, error } = useQuery({ queryKey, queryFn: listViews })
  const [lastId, setLastId] = useState<string>()
  const [editing, setEditing] = useState<SavedView | 'new'>()
  const views = data?.data ?? []
  const shown = keptOf(view)
  const current = views.find((each) => isSame(each.view, shown))
  // What a view shows was changed since: whoever keeps it may let it show that from now on.
  const changed = current ?? views.find(({ id }) => id === lastId)
  const mayChange = changed && (changed.own || rights.includes('views.share'))
  const isNarrowed = Object.keys(shown).length > 0
  if (!rights.includes('views.own') || (views.length === 0 && !isNarrowed)) return <Fault error={error} />
  return (
    <nav aria-label={words.views} className="not-printed flex flex-wrap items-center gap-1">
      {views.length > 0 && (
        <Link to="." search={{} as never} aria-current={isNarrowed ? undefined : 'page'} className={tab}>
          {words.all}
        </Link>
      )}
      {views.map((each) => (
        <Link
          key={each.id}
          to="."
          search={each.view as never}
          onClick={() => setLastId(each.id)}
          aria-current={each.id === current?.id ? 'page' : undefined}
          className={tab}
        >
          <bdi className="max-w-48 truncate">{each.name}</bdi>
          {each.shared && <UsersRound size={14} role="img" aria-label={words.shared} className="shrink-0" />}
        </Link>
      ))}
      {mayChange && (
        <Button
          look="bare"
          className="px-2"
          aria-label={`${words.edit}: ${changed.name}`}
          title={words.edit}
          onClick={() => setEditing(changed)}
        >
          <Pencil size={16} aria-hidden="true" />
        </Button>
      )}
      {isNarrowed && !current && (
        <Button look="bare" className="px-3" onClick={() => setEditing('new')}>
          <Bookmark size={16} aria-hidden="true" />
          {words.save}
        </Button>
      )}
      {editing && (
        <EditView
          of={editing === 'new' ? undefined : editing}
          shown={shown}
          onDone={(id) => {
            setLastId(id)
            setEditing(undefined)
          }}
        />
      )}
    </nav>
  )
}

const tab =
  'inline-flex min-h-9 items-center gap-1.5 rounded-full border border-line bg-surface px-3.5 text-sm text-soft hover:text-ink aria-[current=page]:border-transparent aria-[current=page]:bg-brand-tint aria-[current=page]:font-medium aria-[current=page]:text-brand'

type EditProps = Readonly<{
  /** Absent for one that has no name yet. */
  of: SavedView | undefined
  shown: LeadView
  onDone(id?: string): void
}>

function EditView({ of, shown, onDone }: EditProps) {
  const { words: all } = useLook()
  const words = useWordsFrom(viewWords)
  const { rights } = useSession()
  const queries = useQueryClient()
  const mayShare = rights.includes('views.share')
  const [name, setName] = useState(of?.name ?? '')
  const [isShared, setShared] = useState(of?.shared ?? false)
  const [takesShown, setTakesShown] = useState(false)
  const isOther = of !== undefined && !isSame(of.view, shown)
  const looked = (id?: string) => async () => {
    await queries.invalidateQueries({ queryKey })
    onDone(id)
  }
  const save = useMutation({
    async mutationFn() {
      const id = of?.id ?? (await saveView(name, shown)).id
      if (of && (name !== of.name || takesShown))
        await changeView(id, { name, ...(takesShown && { view: shown }) })
      if (isShared !== (of?.shared ?? false)) await shareView(id, isShared)
      return id
    },
    onSuccess: (id) => looked(id)(),
  })
  const remove = useMutation({ mutationFn: () => removeView(of!.id), onSuccess: looked() })
  const code = save.error instanceof Refused ? save.error.errors.name?.[0] : undefined
  const fault = code === 'taken' ? words.taken : code === 'too_many' ? words.tooMany : undefined
  return (
    <Asking
      title={of ? words.edit : words.save}
      about={words.about}
      button={words.saveIt}
      error={fault ? undefined : (save.error ?? remove.error)}
      busy={save.isPending || remove.isPending}
      onSubmit={() => save.mutate()}
      onClose={() => onDone(of?.id)}
    >
      <Field
        label={words.name}
        required
        autoFocus
        dir="auto"
        maxLength={60}
        fault={fault}
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      {isOther && <Check label={words.useThis} value={takesShown} onValue={setTakesShown} />}
      {mayShare && <Check label={words.share} value={isShared} onValue={setShared} />}
      {of && (
        <Button look="danger" className="justify-self-start" onClick={() => remove.mutate()}>
          {words.remove}
          <span className="sr-only">{`${all.common.name}: ${of.name}`}</span>
        </Button>
      )}
    </Asking>
  )
}

function Check({
  label,
  value,
  onValue,
}: Readonly<{ label: string; value: boolean; onValue(value: boolean): void }>) {
  return (
    <label className="flex min-h-10 items-center gap-3">
      <input
        type="checkbox"
        className="size-5 shrink-0 accent-brand"
        checked={value}
        onChange={({ target }) => onValue(target.checked)}
      />
      {label}
    </label>
  )
}
