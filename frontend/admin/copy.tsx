import { type ComponentProps, useState } from 'react'
import { Button } from '../ui/desk/button.tsx'
import { useWords } from './look.tsx'

type Props = Readonly<{ text: string }> & Pick<ComponentProps<typeof Button>, 'look'>

/** Copies a text that is shown. Browsers have no clipboard where a desk is reached without TLS: there it is marked by hand. */
export function Copy({ text, look }: Props) {
  const { common } = useWords()
  const [isCopied, setCopied] = useState(false)
  if (!window.isSecureContext) return null
  return (
    <Button
      look={look}
      onClick={async () => {
        await navigator.clipboard.writeText(text)
        setCopied(true)
      }}
    >
      {isCopied ? common.copied : common.copy}
    </Button>
  )
}
