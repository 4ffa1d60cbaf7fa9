import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Field } from '../../ui/desk/field.tsx'
import { Asking } from '../asking.tsx'
import { type Experiment, type ExperimentChange, type InForce, setExperiment } from '../experiments.ts'
import { useFieldFaults } from '../faults.tsx'
import { useLook, useWordsFrom } from '../look.tsx'
import { experimentWords } from '../words/experiments.ts'

type Change = UseMutationResult<InForce, Error, ExperimentChange>
type Props = Readonly<{ experiment: Experiment; change: Change; onClose(): void }>

/** One for an app or another site: its variants get equal weights, and it runs. */
export function MakeExperiment({ onClose }: Readonly<{ onClose(): void }>) {
  const words = useWordsFrom(experimentWords)
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [key, setKey] = useState('')
  const [names, setNames] = useState('a, b')
  const make = useMutation({
    mutationFn: () =>
      setExperiment(key.trim(), {
        variants: names
          .split(/[,،]/)
          .map((name) => ({ name: name.trim(), weight: 1 }))
          .filter(({ name }) => name !== ''),
      }),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: ['experiments'] })
      onClose()
      await navigate({ to: '.', search: { key: key.trim() } as never })
    },
  })
  const faultOf = useFieldFaults(make.error)
  return (
    <Asking
      title={words.make}
      about={words.makeAbout}
      button={words.makeButton}
      {...{ onClose, error: make.error, busy: make.isPending }}
      onSubmit={() => make.mutate()}
    >
      <Field
        label={words.key}
        hint={words.keyHint}
        fault={faultOf('key')}
        dir="ltr"
        required
        autoFocus
        pattern="[a-z0-9_]+"
        value={key}
        onChange={({ target }) => setKey(target.value)}
      />
      <Field
        label={words.variants}
        hint={words.variantsHint}
        fault={faultOf('variants')}
        dir="ltr"
        required
        value={names}
        onChange={({ target }) => setNames(target.value)}
      />
    </Asking>
  )
}

/** How new visitors are dealt. */
export function Weights({ experiment, change, onClose }: Props) {
  const words = useWordsFrom(experimentWords)
  const { share } = useLook()
  const [weights, setWeights] = useState(() => experiment.variants.map(({ weight }) => String(weight)))
  const faultOf = useFieldFaults(change.error)
  const sum = weights.reduce((total, weight) => total + Number(weight), 0)
  return (
    <Asking
      title={words.weights}
      about={words.weightsAbout}
      button={words.weightsButton}
      {...{ onClose, error: change.error, busy: change.isPending }}
      onSubmit={() =>
        change.mutate({
          variants: experiment.variants.map(({ name }, index) => ({ name, weight: Number(weights[index]) })),
        })
      }
    >
      {experiment.variants.map(({ name }, index) => (
        <Field
          key={name}
          type="number"
          min={0}
          step="any"
          required
          label={words.weightOf(name)}
          hint={sum > 0 ? words.dealt(share(Number(weights[index]) / sum)) : undefined}
          fault={index === 0 ? faultOf('variants') : undefined}
          value={weights[index]}
          onChange={({ target }) =>
            setWeights((before) => before.map((each, at) => (at === index ? target.value : each)))
          }
        />
      ))}
    </Asking>
  )
}

/** One variant for everybody who is new, by its weight; who has another keeps it. */
export function Winner({
  experiment,
  change,
  onClose,
  suggested,
}: Props & Readonly<{ suggested: string | undefined }>) {
  const words = useWordsFrom(experimentWords)
  const { variants } = experiment
  const [chosen, setChosen] = useState(suggested ?? variants[0]!.name)
  return (
    <Asking
      title={words.winner}
      about={words.winnerAbout}
      button={words.winnerButton}
      {...{ onClose, error: change.error, busy: change.isPending }}
      onSubmit={() =>
        change.mutate({
          variants: variants.map(({ name }) => ({ name, weight: name === chosen ? 1 : 0 })),
          running: true,
        })
      }
    >
      <fieldset className="grid gap-2">
        <legend className="sr-only">{words.variants}</legend>
        {variants.map(({ name }) => (
          <label key={name} className="flex min-h-10 items-center gap-3 rounded-lg border border-line px-3">
            <input
              type="radio"
              name="winner"
              className="size-4 accent-brand"
              checked={chosen === name}
              onChange={() => setChosen(name)}
            />
            <bdi>{name}</bdi>
          </label>
        ))}
      </fieldset>
    </Asking>
  )
}

export function StopExperiment({ experiment, change, onClose }: Props) {
  const words = useWordsFrom(experimentWords)
  return (
    <Asking
      title={words.stop}
      about={words.stopAbout(experiment.variants[0]!.name)}
      button={words.stopButton}
      {...{ onClose, error: change.error, busy: change.isPending }}
      onSubmit={() => change.mutate({ running: false })}
    />
  )
}
