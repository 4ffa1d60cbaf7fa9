import { spare } from '../../spare.ts'

// Browsers send nothing of it to any server.
const inAddress = /^#tel=(.*)/
const lengthMax = 128

/**
 * The number that a campaign has put into the address, as in `#tel=+447700900123`; it does not stay there. A plus is a
 * plus, which `URLSearchParams` would read as a space.
 */
export function takePrefill(): string {
  const [, text] = inAddress.exec(location.hash) ?? []
  if (text === undefined) return ''
  spare(() => history.replaceState(history.state, '', location.pathname + location.search), undefined)
  return spare(() => decodeURIComponent(text), '').slice(0, lengthMax)
}
