import type { LeadState } from '../leads.ts'

export type RoleName = 'owner' | 'manager' | 'caller' | 'viewer'
export const roleNames: readonly RoleName[] = ['owner', 'manager', 'caller', 'viewer']

export const exportFormats = ['xlsx', 'csv-excel', 'csv', 'ndjson'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** What of a person may stand somewhere, as the API names it. */
export const foundParts = [
  ...(['leads', 'notes', 'work', 'quarantined', 'corrections', 'claims', 'deliveries', 'attempts'] as const),
  ...(['exports', 'queued', 'claims_in_redis', 'requests', 'archived_requests'] as const),
]
export type FoundPart = (typeof foundParts)[number]

/** All that the desk says, in one language. */
export type Words = Readonly<{
  desk: string
  skip: string
  nav: Readonly<
    Record<
      | 'main'
      | 'leads'
      | 'today'
      | 'sources'
      | 'queue'
      | 'experiments'
      | 'flags'
      | 'deliveries'
      | 'exports'
      | 'erasures'
      | 'account'
      | 'operators'
      | 'audit'
      | 'others',
      string
    >
  >
  roles: Readonly<Record<RoleName, string>>
  mayDo: Readonly<Record<RoleName, string>>
  common: Readonly<
    Record<
      | ('cancel' | 'loading' | 'again' | 'more' | 'copied' | 'copy' | 'close' | 'asTable')
      | ('email' | 'name' | 'password' | 'role' | 'actions' | 'never'),
      string
    >
  >
  faults: Readonly<{
    offline: string
    server: string
    wait(seconds: string): string
    wrong_credentials: string
    link_over: string
    code_required: string
    wrong_code: string
    last_owner: string
    no_role: string
    has_password: string
    no_password: string
    changed_meanwhile: string
    noPhone: string
    noView: string
    forbidden: string
    fields: Readonly<
      Record<
        | ('too_short' | 'too_long' | 'too_common' | 'taken' | 'invalid' | 'required' | 'wrong_code' | 'over')
        | 'use_plus_prefix',
        string
      >
    >
  }>
  signIn: Readonly<
    Record<'title' | 'button' | 'forgot' | 'out' | 'codeTitle' | 'back' | 'or', string> & {
      at(name: string): string
    }
  >
  invite: Readonly<{
    title: string
    asRole(role: string): string
    resetTitle: string
    resetFor(email: string): string
    factorToo: string
    newPassword: string
    passwordHint: string
    button: string
    resetButton: string
    none: string
  }>
  factor: Readonly<
    Record<
      | ('title' | 'about' | 'on' | 'required' | 'begin' | 'another' | 'renew' | 'remove' | 'dialog' | 'scan')
      | ('qr' | 'byHand' | 'code' | 'codeHint' | 'codeFromDevice' | 'set' | 'codes' | 'codesAbout')
      | ('save' | 'kept'),
      string
    > & { codesLeft(count: string): string }
  >
  confirm: Readonly<Record<'title' | 'about' | 'button' | 'again' | 'aboutAgain', string>>
  account: Readonly<
    Record<
      | ('title' | 'look' | 'language' | 'theme' | 'sessions' | 'sessionsAbout' | 'browser' | 'network')
      | ('seen' | 'until' | 'here' | 'end' | 'endOthers' | 'ended' | 'passwordTitle' | 'current')
      | ('change' | 'changed' | 'unknownBrowser'),
      string
    > & { themes: Readonly<Record<'system' | 'light' | 'dark', string>> }
  >
  leads: Readonly<
    Record<
      | (
          | 'title'
          | 'one'
          | 'phone'
          | 'state'
          | 'when'
          | 'source'
          | 'campaign'
          | 'first'
          | 'variant'
          | 'language'
          | 'landing'
          | 'device'
          | 'owner'
        )
      | (
          | 'search'
          | 'allStates'
          | 'anyTime'
          | 'today'
          | 'week'
          | 'month'
          | 'anybody'
          | 'from'
          | 'to'
          | 'mine'
          | 'oneOwner'
          | 'moreFilters'
          | 'clear'
        )
      | ('next' | 'noNext' | 'none' | 'noneMatches' | 'reveal' | 'undo' | 'release' | 'notes' | 'note')
      | ('addNote' | 'keys' | 'timeline'),
      string
    > & {
      count(count: string): string
      speed(wait: string, percent: string): string
      seconds(count: string): string
      minutes(count: string): string
      steps: Readonly<Record<'came' | 'stored' | 'told' | 'asked', string>>
      states: Readonly<Record<LeadState, string>>
      devices: Readonly<Record<string, string>>
      keyHelp: Readonly<Record<'step' | 'open', string>>
    }
  >
  operators: Readonly<
    Record<
      | ('title' | 'about' | 'invite' | 'inviteButton' | 'linkTitle' | 'seen' | 'state' | 'active')
      | ('disabled' | 'you' | 'disable' | 'enable' | 'reset' | 'open' | 'until' | 'withdraw' | 'anybody')
      | ('factor' | 'resetTitle' | 'resetFactor' | 'signOut'),
      string
    > & {
      linkAbout(until: string): string
      resetAbout(name: string): string
      signedOut(name: string): string
      changeRole(name: string): string
      changed(name: string): string
    }
  >
  exports: Readonly<
    Record<
      | ('title' | 'button' | 'format' | 'receipts' | 'about' | 'none' | 'rows' | 'open' | 'filter')
      | (
          | 'way'
          | 'sent'
          | 'kept'
          | 'sentHint'
          | 'keptHint'
          | 'file'
          | 'fetch'
          | 'waits'
          | 'expired'
          | 'erased'
          | 'cancelled'
          | 'cancelIt'
        ),
      string
    > & {
      failed(times: string): string
      until(moment: string): string
      written(leads: string): string
      what(count: string): string
      formats: Readonly<Record<ExportFormat, string>>
      hints: Readonly<Record<ExportFormat, string>>
    }
  >
  erasures: Readonly<
    Record<
      | ('title' | 'about' | 'anySpelling' | 'ofLead' | 'look' | 'nothing' | 'forGood' | 'erase' | 'begun')
      | ('receipts' | 'receiptsAbout' | 'none' | 'open' | 'hash' | 'was' | 'told' | 'delivered')
      | ('onItsWay' | 'backups' | 'ofThisLead' | 'copy'),
      string
    > & { found: Readonly<Record<FoundPart, string>> }
  >
  audit: Readonly<
    Record<
      'title' | 'about' | 'when' | 'who' | 'what' | 'details' | 'filter' | 'everything' | 'none' | 'lastDay',
      string
    > & {
      kinds: Readonly<Record<'operator' | 'key' | 'command' | 'system' | 'nobody', string>>
      /** By the names that the API has for them; one that is not here is shown as it is named there. */
      actions: Readonly<Record<string, string>>
    }
  >
}>
