/** All that an operator can be allowed to do. Every route for operators names one of these. */
export const rights = {
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
