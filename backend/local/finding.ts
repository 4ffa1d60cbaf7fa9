/** What was looked at: fine, worth knowing, or in the way. */
export type Finding = Readonly<{ level: 'ok' | 'note' | 'fault'; what: string; says: string }>
