/** The ids by which the form's parts are found. */
export const partIds = {
  form: 'lead',
  title: 'lead-title',
  phone: 'phone',
  consent: 'consent',
  hint: 'phone-hint',
} as const

/** Where the script says something: elements that hold nothing else, but for the label of the button. */
export const spotIds = {
  phoneProblem: 'phone-problem',
  consentProblem: 'consent-problem',
  delay: 'lead-delay',
  label: 'lead-label',
  answer: 'lead-answer',
} as const

export type Spot = keyof typeof spotIds

/**
 * The form's parts as they stand in the page now. They are looked up each time and never held on to: translators wrap
 * every text, password managers and writing aids put nodes into fields' rows, blockers take nodes out, and some tools
 * write the whole page anew.
 */
export const parts = {
  form: () => document.getElementById(partIds.form) as HTMLFormElement | null,
  phone: () => document.getElementById(partIds.phone) as HTMLInputElement | null,
  consent: () => document.getElementById(partIds.consent) as HTMLInputElement | null,
  button: () => parts.form()?.querySelector<HTMLButtonElement>('button[type=submit]') ?? null,
  /** Where to say something. Made anew where somebody took it away; null where even its neighbour is gone. */
  spot: (name: Spot): HTMLElement | null => document.getElementById(spotIds[name]) ?? remade(name),
}

/**
 * What a field is described by, beside its hint. Its problem is among that only from when it is left: until then it has just
 * been announced, and whoever comes back to the field hears it again.
 */
export function describe(name: 'phone' | 'consent', isLeft: boolean): void {
  const problem = name === 'phone' ? spotIds.phoneProblem : spotIds.consentProblem
  const ids = [isLeft ? problem : '', name === 'phone' ? partIds.hint : ''].filter(Boolean).join(' ')
  if (ids) parts[name]()?.setAttribute('aria-describedby', ids)
  else parts[name]()?.removeAttribute('aria-describedby')
}

function remade(name: Spot): HTMLElement | null {
  const spot = document.createElement(name === 'label' ? 'span' : 'div')
  spot.id = spotIds[name]
  if (name === 'delay') spot.setAttribute('role', 'status')
  if (name === 'phoneProblem' || name === 'consentProblem') {
    spot.setAttribute('role', 'alert')
    spot.className = 'text-danger'
  }
  const neighbour = neighbourOf(name)
  if (name === 'label') neighbour?.replaceChildren(spot)
  else if (name === 'delay') neighbour?.before(spot)
  else neighbour?.after(spot)
  return neighbour && spot
}

function neighbourOf(name: Spot): Element | null {
  switch (name) {
    case 'phoneProblem':
      return parts.phone()
    case 'consentProblem':
      return parts.consent()?.closest('label') ?? null
    case 'delay':
    case 'label':
      return parts.button()
    case 'answer':
      return parts.form()
  }
}
