/** All that an operator can be allowed to do. Every route for operators names one of these. */
export const rights = {
  'account.own': 'see and change an account of their own',
  'operators.read': 'see the operators',
  'operators.change': 'invite operators and change what they may do',
  'audit.read': 'see who did what',
  'leads.read': 'see the leads, with their phones masked',
  'leads.reveal': 'see the phone of a lead',
  'leads.work': 'take leads, change their states and write notes',
  'leads.bulk': 'change many leads at once, and undo it',
  'leads.export': 'take leads away in files, with their phones',
  'leads.replay': 'store again what could not be stored',
  'leads.erase': 'forget what a person sent, and see who was forgotten',
  'views.own': 'keep views of the leads under names',
  'views.share': 'share views of the leads with everybody, and change those that are shared',
  'flags.read': 'see the flags',
  'flags.change': 'change flags for all visitors',
  'experiments.read': 'see the experiments',
  'experiments.change': 'change, make and remove experiments',
  'results.read': 'see what came of the experiments',
  'deliveries.read': 'see who is told of leads, and what was answered',
  'deliveries.change': 'change who is told of leads, and send again',
} as const

export type Right = keyof typeof rights
export type Rights = ReadonlySet<Right>

export const allRights: Rights = new Set(Object.keys(rights) as Right[])

const seen: readonly Right[] = [
  ...(['account.own', 'leads.read', 'views.own', 'results.read', 'flags.read', 'experiments.read'] as const),
]
const called: readonly Right[] = [
  ...(['account.own', 'leads.read', 'leads.reveal', 'leads.work', 'views.own', 'results.read'] as const),
]
const managed: readonly Right[] = [
  ...seen,
  'leads.reveal',
  'leads.work',
  'leads.bulk',
  'leads.export',
  'leads.replay',
  'leads.erase',
  'views.share',
  'operators.read',
  'audit.read',
  'flags.change',
  'experiments.change',
  'deliveries.read',
  'deliveries.change',
]

/** What each role may do; whatever is not named here is denied. */
export const rightsOf = {
  owner: allRights,
  manager: new Set(managed),
  caller: new Set(called),
  viewer: new Set(seen),
} as const satisfies Readonly<Record<string, Rights>>

export type Role = keyof typeof rightsOf
export const roles = Object.keys(rightsOf) as readonly Role[]

export const isRole = (text: unknown): text is Role => roles.includes(text as Role)
export const isRight = (text: string): text is Right => Object.hasOwn(rights, text)

// What only a person may do, who can be asked for a password once more.
const people: ReadonlySet<Right> = new Set([
  ...(['account.own', 'operators.change', 'leads.work', 'leads.bulk', 'views.own', 'views.share'] as const),
])

/** What a key can be allowed to do. */
export const keyRights: Rights = allRights.difference(people)

/** What every key was for before keys had rights of their own, and what one is for when nothing else is said. */
export const firstKeyRights: Rights = new Set<Right>([
  'flags.read',
  'flags.change',
  'experiments.read',
  'experiments.change',
  'results.read',
  'deliveries.read',
  'deliveries.change',
])
