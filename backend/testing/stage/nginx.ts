/** Has the workers run as whoever starts nginx: those of root would be a user who may not enter a TMPDIR in root's home. */
export const sameUser = () => (process.getuid?.() === 0 ? 'user root;\n' : '')
