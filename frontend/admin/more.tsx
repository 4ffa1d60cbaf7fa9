import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import { Button } from '../ui/desk/button.tsx'
import { useWords } from './look.tsx'

/** Below a list: shows what follows on it, where anything does. */
export function More({
  of,
}: Readonly<{
  of: Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'>
}>) {
  const words = useWords()
  if (!of.hasNextPage) return null
  return (
    <Button
      look="quiet"
      className="justify-self-center"
      busy={of.isFetchingNextPage}
      onClick={() => void of.fetchNextPage()}
    >
      {words.common.more}
    </Button>
  )
}
