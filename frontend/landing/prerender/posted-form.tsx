import { renderToStaticMarkup } from 'react-dom/server'
import { partIds, spotIds } from '../form/parts.ts'
import { Complaint, Delay } from '../form/sayings.tsx'
import type { IslandProps } from '../island-props.ts'

/** What the API writes into the form's places, as HTML. */
export type FormFill = Readonly<{
  /** Attributes of the field, beside what was typed. */
  phone_field: string
  phone_alert: string
  phone_problem: string
  delay: string
}>

const described = (...ids: readonly string[]) => `aria-describedby="${ids.join(' ')}"`

/** The form as it is before anybody has posted it. */
export const freshForm: FormFill = {
  phone_field: `aria-invalid="false" ${described(partIds.hint)}`,
  phone_alert: 'role="alert"',
  phone_problem: '',
  delay: '',
}

/**
 * The form as it comes back to whoever posted it without the script, by the API's word for what is wrong: `rejected` stands
 * for all others. The field gets the focus, and is described by what is wrong: screen readers say it with the field, and no
 * alert says it again.
 */
export function postedForms({ words, call }: IslandProps['lead-form']): Readonly<Record<string, FormFill>> {
  const { required, invalid_phone, use_plus_prefix } = words.problems
  const { unavailable, rate_limited, rejected } = words.obstacles
  const problem = (text: string): FormFill => ({
    phone_field: `aria-invalid="true" autofocus ${described(spotIds.phoneProblem, partIds.hint)}`,
    phone_alert: '',
    phone_problem: renderToStaticMarkup(<Complaint text={text} call={call} />),
    delay: '',
  })
  const obstacle = (text: string): FormFill => ({
    ...freshForm,
    phone_field: `aria-invalid="false" autofocus ${described(spotIds.delay, partIds.hint)}`,
    delay: renderToStaticMarkup(<Delay failed what={text} next={words.failed} call={call} />),
  })
  return {
    required: problem(required),
    invalid_phone: problem(invalid_phone),
    use_plus_prefix: problem(use_plus_prefix),
    unavailable: obstacle(unavailable),
    rate_limited: obstacle(rate_limited),
    rejected: obstacle(rejected),
  }
}
