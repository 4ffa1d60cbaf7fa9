import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { FlaskConical } from 'lucide-react'
import { useState } from 'react'
import { Badge } from '../../ui/desk/badge.tsx'
import { Button } from '../../ui/desk/button.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { ScreenHead } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { type Experiment, getResults, listExperiments, verdictLooks } from '../experiments.ts'
import { Fault } from '../faults.tsx'
import { useLook, useWordsFrom } from '../look.tsx'
import { useSession } from '../session.ts'
import { experimentWords } from '../words/experiments.ts'
import { OneExperiment } from './experiment.tsx'
import { MakeExperiment } from './experiment-dialogs.tsx'

const effectUsual = '20'

/** All experiments, or the one that the address names, with what came of it. */
export function Experiments() {
  const { key, effect = effectUsual } = useSearch({ strict: false }) as { key?: string; effect?: string }
  const found = useQuery({ queryKey: ['experiments'], queryFn: listExperiments })
  const words = useWordsFrom(experimentWords)
  const common = useLook().words.common
  if (!found.data)
    return (
      <div className="grid gap-6">
        <ScreenHead title={words.title} about={words.about} />
        {found.isPending ? <p className="text-soft">{common.loading}</p> : <Fault error={found.error} />}
      </div>
    )
  const { experiments } = found.data
  const one = experiments.find((each) => each.key === key)
  if (one) return <OneExperiment key={one.key} experiment={one} effect={effect} />
  return <All experiments={experiments} isGone={key !== undefined} error={found.error} />
}

type AllProps = Readonly<{ experiments: readonly Experiment[]; isGone: boolean; error: unknown }>

function All({ experiments, isGone, error }: AllProps) {
  const { share } = useLook()
  const words = useWordsFrom(experimentWords)
  const { rights } = useSession()
  const [isMaking, setMaking] = useState(false)
  return (
    <div className="grid gap-6">
      <ScreenHead title={words.title} about={words.about}>
        {rights.includes('experiments.change') && (
          <Button onClick={() => setMaking(true)}>
            <FlaskConical size={18} aria-hidden="true" />
            {words.make}
          </Button>
        )}
      </ScreenHead>
      <Fault error={error} />
      {isGone && <Notice>{words.gone}</Notice>}
      {experiments.length === 0 ? (
        <Notice>{words.none}</Notice>
      ) : (
        <Table
          caption={words.title}
          rows={experiments}
          keyOf={({ key }) => key}
          columns={[
            {
              head: words.key,
              cell: ({ key, on_page }) => (
                <p>
                  <Link
                    to="."
                    search={{ key } as never}
                    className="font-medium text-brand underline-offset-4 hover:underline"
                  >
                    <bdi>{key}</bdi>
                  </Link>
                  <span className="block text-sm text-soft">{on_page ? words.onPage : words.elsewhere}</span>
                </p>
              ),
            },
            {
              head: words.variants,
              cell: ({ variants }) => (
                <ul className="flex flex-wrap gap-x-4 gap-y-1">
                  {sharesOf(variants).map(({ name, of }) => (
                    <li key={name} className="whitespace-nowrap">
                      <bdi>{name}</bdi> <span className="text-soft tabular-nums">{share(of)}</span>
                    </li>
                  ))}
                </ul>
              ),
            },
            { head: words.verdict, cell: ({ key }) => <VerdictBadge of={key} /> },
            {
              head: words.running,
              bare: true,
              cell: ({ running }) => (
                <Badge look={running ? 'good' : 'plain'}>{running ? words.running : words.stopped}</Badge>
              ),
            },
          ]}
        />
      )}
      {isMaking && <MakeExperiment onClose={() => setMaking(false)} />}
    </div>
  )
}

function sharesOf(variants: Experiment['variants']) {
  const sum = variants.reduce((total, { weight }) => total + weight, 0)
  return variants.map(({ name, weight }) => ({ name, of: weight / sum }))
}

function VerdictBadge({ of }: Readonly<{ of: string }>) {
  const words = useWordsFrom(experimentWords)
  const found = useQuery({
    queryKey: ['results', of, effectUsual],
    queryFn: () => getResults(of, effectUsual),
  })
  const code = found.data?.verdict.code
  if (!code) return <span className="text-soft">{found.isError ? '–' : '…'}</span>
  return <Badge look={verdictLooks[code]}>{words.verdicts[code]}</Badge>
}
