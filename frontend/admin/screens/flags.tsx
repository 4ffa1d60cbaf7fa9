import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Badge } from '../../ui/desk/badge.tsx'
import { Button } from '../../ui/desk/button.tsx'
import { Field } from '../../ui/desk/field.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { ScreenHead } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { Asking } from '../asking.tsx'
import { Fault, useFieldFaults } from '../faults.tsx'
import { type Flag, type FlagChange, listFlags, resetFlag, setFlag, shownByLink } from '../flags.ts'
import { useLook, useWordsFrom } from '../look.tsx'
import { useSession } from '../session.ts'
import { flagWords } from '../words/flags.ts'
import { FlagHistoryDialog, useSaid } from './flag-history.tsx'

type Change = Readonly<{ of: Flag; to: FlagChange | undefined }>

/** Settings of the page that hold within seconds: rolled out, switched off at once, looked at before. */
export function Flags() {
  const { words: all, share } = useLook()
  const words = useWordsFrom(flagWords)
  const { rights } = useSession()
  const mayChange = rights.includes('flags.change')
  const queries = useQueryClient()
  const [changing, setChanging] = useState<Flag>()
  const [remembered, setRemembered] = useState<Flag>()
  const found = useQuery({ queryKey: ['flags'], queryFn: listFlags })
  const change = useMutation({
    mutationFn: ({ of, to }: Change) => (to ? setFlag(of.key, to) : resetFlag(of.key)),
    onSuccess: () => setChanging(undefined),
    onSettled: () => queries.invalidateQueries({ queryKey: ['flags'] }),
  })
  const isBusy = ({ key }: Flag) => change.isPending && change.variables.of.key === key
  const isUsual = (flag: Flag) => flag.value === flag.default && flag.rollout_percent === 100 && !flag.killed
  return (
    <div className="grid gap-6">
      <ScreenHead title={words.title} about={words.about} />
      {!changing && <Fault error={change.error} />}
      <Fault error={found.error} />
      {change.isSuccess && (
        <Notice look={change.data.live ? 'good' : 'plain'}>
          {words.names[change.variables.of.key]}: {change.data.live ? words.live : words.notLive}
        </Notice>
      )}
      {found.isPending && <p className="text-soft">{all.common.loading}</p>}
      {found.data && (
        <Table
          caption={words.title}
          rows={found.data.flags}
          keyOf={({ key }) => key}
          columns={[
            {
              head: words.flag,
              cell: ({ key, about }) => (
                <div className="max-w-md">
                  <p className="font-medium">{words.names[key] ?? key}</p>
                  <p className="text-sm text-soft">{words.abouts[key] ?? about}</p>
                </div>
              ),
            },
            { head: words.value, cell: (flag) => <Value of={flag} /> },
            {
              head: words.who,
              cell: ({ killed, rollout_percent: percent }) =>
                killed ? (
                  <span className="text-danger">{words.killed}</span>
                ) : percent === 100 ? (
                  <span className="text-soft">{words.everybody}</span>
                ) : (
                  words.part(share(percent / 100))
                ),
            },
            {
              head: all.common.actions,
              bare: true,
              cell: (flag) => (
                <span className="flex flex-wrap items-center gap-2 md:justify-end">
                  {shownByLink.includes(flag.key) && (
                    <a
                      href={`/?variant=${flag.key}.on`}
                      target="_blank"
                      rel="noreferrer"
                      className="px-2 text-brand underline underline-offset-4"
                    >
                      {words.preview}
                    </a>
                  )}
                  <Button
                    look="bare"
                    aria-label={words.historyOf(words.names[flag.key])}
                    onClick={() => setRemembered(flag)}
                  >
                    {words.history}
                  </Button>
                  {mayChange && (
                    <>
                      {!isUsual(flag) && (
                        <Button
                          look="bare"
                          disabled={isBusy(flag)}
                          onClick={() => change.mutate({ of: flag, to: undefined })}
                        >
                          {words.reset}
                        </Button>
                      )}
                      <Button
                        look="quiet"
                        aria-label={words.changeOf(words.names[flag.key])}
                        onClick={() => setChanging(flag)}
                      >
                        {words.change}
                      </Button>
                      {(flag.killed || flag.value !== flag.default) && (
                        <Button
                          look={flag.killed ? 'quiet' : 'danger'}
                          busy={isBusy(flag)}
                          {...(!flag.killed && { 'aria-label': words.killOf(words.names[flag.key]) })}
                          onClick={() => change.mutate({ of: flag, to: { killed: !flag.killed } })}
                        >
                          {flag.killed ? words.revive : words.kill}
                        </Button>
                      )}
                    </>
                  )}
                </span>
              ),
            },
          ]}
        />
      )}
      {remembered && <FlagHistoryDialog flag={remembered} onClose={() => setRemembered(undefined)} />}
      {changing && (
        <ChangeFlag
          flag={changing}
          error={change.error}
          busy={change.isPending}
          onChange={(to) => change.mutate({ of: changing, to })}
          onClose={() => setChanging(undefined)}
        />
      )}
    </div>
  )
}

function Value({ of: { value, default: usual, killed } }: Readonly<{ of: Flag }>) {
  const words = useWordsFrom(flagWords)
  const said = useSaid()
  return (
    <div className="grid max-w-56 gap-0.5">
      {typeof value === 'boolean' ? (
        <span>
          <Badge look={killed ? 'plain' : value ? 'good' : 'plain'}>{said(value)}</Badge>
        </span>
      ) : (
        <span className={`break-words ${killed ? 'text-soft line-through' : ''}`}>
          <bdi>{said(value)}</bdi>
        </span>
      )}
      {value !== usual && (
        <span className="text-sm text-soft">
          {words.usual}: <bdi>{said(usual)}</bdi>
        </span>
      )}
    </div>
  )
}

type ChangeProps = Readonly<{
  flag: Flag
  error: unknown
  busy: boolean
  onChange(to: FlagChange): void
  onClose(): void
}>

function ChangeFlag({ flag, error, busy, onChange, onClose }: ChangeProps) {
  const words = useWordsFrom(flagWords)
  const [value, setValue] = useState(flag.value)
  const [percent, setPercent] = useState(String(flag.rollout_percent))
  const faultOf = useFieldFaults(error)
  return (
    <Asking
      title={words.names[flag.key] ?? flag.key}
      about={words.abouts[flag.key] ?? flag.about}
      button={words.save}
      {...{ error, busy, onClose }}
      onSubmit={() => onChange({ value, rollout_percent: Number(percent), killed: false })}
    >
      {typeof value === 'boolean' ? (
        <label className="flex min-h-10 items-center gap-3">
          <input
            type="checkbox"
            className="size-5 accent-brand"
            checked={value}
            onChange={({ target }) => setValue(target.checked)}
          />
          {words.on}
        </label>
      ) : (
        <Field
          label={words.value}
          type={typeof value === 'number' ? 'number' : 'text'}
          fault={faultOf('value')}
          {...(typeof value === 'string' && { maxLength: 500, dir: 'auto' })}
          value={value}
          onChange={({ target }) => setValue(typeof value === 'number' ? Number(target.value) : target.value)}
        />
      )}
      <Field
        label={words.rollout}
        hint={words.rolloutHint}
        fault={faultOf('rollout_percent')}
        type="number"
        min={0}
        max={100}
        step="any"
        required
        value={percent}
        onChange={({ target }) => setPercent(target.value)}
      />
    </Asking>
  )
}
