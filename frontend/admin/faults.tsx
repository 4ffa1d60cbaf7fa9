import { Notice } from '../ui/desk/notice.tsx'
import { Refused } from './api.ts'
import { useLook } from './look.tsx'

type Props = Readonly<{
  error: unknown
  /** It was asked by what stands in the address, of which no field says what is wrong. */
  ofView?: boolean
}>

/** What went wrong, in words; nothing where nothing did, or where fields say it themselves. */
export function Fault({ error, ofView = false }: Props) {
  const { words, number } = useLook()
  const isOfFields = error instanceof Refused && error.code === 'invalid_fields'
  if (!error || (isOfFields && !ofView)) return null
  return <Notice look="danger">{sentence()}</Notice>

  function sentence(): string {
    const { faults } = words
    if (!(error instanceof Refused)) return faults.server
    if (isOfFields) return error.errors.q ? faults.noPhone : faults.noView
    if (error.code === 'rate_limited') return faults.wait(number(error.retryAfterS ?? 60))
    if (error.code === 'offline') return faults.offline
    if (error.code === 'not_deliverable') return error.detail ?? faults.server
    const said = faults[error.code as keyof typeof faults]
    return typeof said === 'string' ? said : faults.server
  }
}

/** What is wrong with each field of a form. */
export function useFieldFaults(error: unknown): (name: string) => string | undefined {
  const { fields } = useLook().words.faults
  return (name) => {
    const [code] = (error instanceof Refused && error.errors[name]) || []
    return code === undefined ? undefined : (fields[code as keyof typeof fields] ?? fields.invalid)
  }
}
