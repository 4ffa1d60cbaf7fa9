import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Button } from '../../ui/desk/button.tsx'
import { Dialog } from '../../ui/desk/dialog.tsx'
import { Choice } from '../../ui/desk/field.tsx'
import { ask } from '../api.ts'
import { GivenUp, useConfirmed } from '../confirm.tsx'
import { Fault } from '../faults.tsx'
import type { LeadView } from '../leads.ts'
import { useWords } from '../look.tsx'
import { type ExportFormat, exportFormats } from '../words/words.ts'

/** Takes away what the view shows, as a file that the browser keeps. */
export function ExportDialog({
  view,
  count,
  onClose,
}: Readonly<{ view: LeadView; count: string; onClose(): void }>) {
  const words = useWords()
  const confirmed = useConfirmed()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [format, setFormat] = useState<ExportFormat>('xlsx')
  const [isKept, setKept] = useState(false)
  const { data } = useQuery({
    queryKey: ['exports'],
    queryFn: () => ask<{ keeps: boolean }>('GET', '/exports'),
  })
  const begin = useMutation({
    mutationFn: () =>
      confirmed(() => ask<{ file: string }>('POST', '/exports', { format, view, keep: isKept })),
    onSuccess({ file }) {
      void queries.invalidateQueries({ queryKey: ['exports'] })
      if (isKept) return navigate({ to: '/exports' })
      // Beside the page, which stays; what comes is kept and not shown.
      const link = document.createElement('a')
      link.href = file
      link.download = ''
      link.click()
      onClose()
    },
  })
  return (
    <Dialog title={words.exports.title} onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          begin.mutate()
        }}
      >
        <p className="text-soft">{words.exports.what(count)}</p>
        <Choice
          label={words.exports.format}
          hint={words.exports.hints[format]}
          value={format}
          onChange={({ target }) => setFormat(target.value as ExportFormat)}
        >
          {exportFormats.map((each) => (
            <option key={each} value={each}>
              {words.exports.formats[each]}
            </option>
          ))}
        </Choice>
        {data?.keeps && (
          <Choice
            label={words.exports.way}
            hint={isKept ? words.exports.keptHint : words.exports.sentHint}
            value={isKept ? 'kept' : 'sent'}
            onChange={({ target }) => setKept(target.value === 'kept')}
          >
            {(['sent', 'kept'] as const).map((each) => (
              <option key={each} value={each}>
                {words.exports[each]}
              </option>
            ))}
          </Choice>
        )}
        {!(begin.error instanceof GivenUp) && <Fault error={begin.error} />}
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            {words.common.cancel}
          </Button>
          <Button type="submit" busy={begin.isPending}>
            {words.exports.button}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
