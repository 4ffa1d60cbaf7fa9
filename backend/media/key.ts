const segment = '[A-Za-z0-9][A-Za-z0-9._-]*'
/** How a key is written. */
export const mediaKeyPattern = new RegExp(`^${segment}(?:/${segment})*$`)
export const mediaKeyLengthMax = 200

/** Whether a text can name a stored file: folders and names of plain letters, none of which starts with a dot. */
export function isMediaKey(text: string): boolean {
  return text.length <= mediaKeyLengthMax && mediaKeyPattern.test(text)
}

/** The key of a file that is uploaded: its name in lower case, all that a key cannot hold turned into `-`. */
export function mediaKeyOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.')
  const [name, ending] = dot > 0 ? [fileName.slice(0, dot), fileName.slice(dot)] : [fileName, '']
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '')
  return `${plain || 'file'}${ending}`.toLowerCase()
}
