import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Choice, Field } from '../../ui/desk/field.tsx'
import { Asking } from '../asking.tsx'
import { addEndpoint, type TargetField, type TargetKind, targets } from '../deliveries.ts'
import { useFieldFaults } from '../faults.tsx'
import { useWordsFrom } from '../look.tsx'
import { deliveryWords } from '../words/deliveries.ts'
import { targetWords } from '../words/delivery-targets.ts'
import { Secret, useLookAgain } from './delivery-dialogs.tsx'

const kinds = Object.keys(targets) as readonly TargetKind[]
const secrets: readonly TargetField[] = ['token', 'keysecret']

/** Somebody else who is told of leads: what they are asked for depends on what they are. A secret is shown once. */
export function AddEndpoint({ onClose }: Readonly<{ onClose(): void }>) {
  const words = useWordsFrom(deliveryWords)
  const said = useWordsFrom(targetWords)
  const [name, setName] = useState('')
  const [kind, setKind] = useState<TargetKind>('webhook')
  const [given, setGiven] = useState<Readonly<Partial<Record<TargetField, string>>>>({})
  const fields = targets[kind].map((each) => ({
    field: each.replace('?', '') as TargetField,
    isOptional: each.endsWith('?'),
  }))
  const add = useMutation({
    mutationFn: () => {
      const filled = fields.flatMap(({ field }) => {
        const value = given[field]?.trim() ?? ''
        return value === '' ? [] : [[field, value]]
      })
      return addEndpoint(name.trim(), kind, Object.fromEntries(filled))
    },
    onSuccess: ({ secret }) => (secret === undefined ? onClose() : undefined),
    onSettled: useLookAgain(),
  })
  const faultOf = useFieldFaults(add.error)
  if (add.data?.secret !== undefined) return <Secret onClose={onClose}>{add.data.secret}</Secret>
  return (
    <Asking
      title={words.add}
      about={words.addAbout}
      button={words.addButton}
      {...{ onClose, error: add.error, busy: add.isPending }}
      onSubmit={() => add.mutate()}
    >
      <Choice
        label={said.kind}
        hint={said.abouts[kind]}
        fault={faultOf('target')}
        value={kind}
        onChange={({ target }) => setKind(target.value as TargetKind)}
      >
        {kinds.map((each) => (
          <option key={each} value={each}>
            {said.kinds[each]}
          </option>
        ))}
      </Choice>
      <Field
        label={words.name}
        hint={words.nameHint}
        fault={faultOf('name')}
        dir="ltr"
        required
        autoFocus
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      {fields.map(({ field, isOptional }) => (
        <Field
          key={field}
          label={field === 'url' ? words.url : said.fields[field]}
          hint={field === 'url' ? said.urls[kind] : said.hints[field]}
          fault={faultOf(field)}
          type={secrets.includes(field) ? 'password' : 'text'}
          autoComplete="off"
          dir="ltr"
          required={!isOptional}
          value={given[field] ?? ''}
          onChange={({ target }) => setGiven({ ...given, [field]: target.value })}
        />
      ))}
    </Asking>
  )
}
