/** What compose sets, too: what the promise, its speed and the silence about phones rest on. */
export const sharedSettings: Readonly<Record<string, string>> = {
  max_connections: '200',
  synchronous_commit: 'on',
  // After each checkpoint the first change of a page is logged as a whole page, and claims touch pages at random.
  checkpoint_timeout: '15min',
  max_wal_size: '4GB',
  jit: 'off',
  // Failing statements and their details hold phone numbers: they stay out of the log.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
}
