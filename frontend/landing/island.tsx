import type { ReactNode } from 'react'
import type { IslandName } from './island-props.ts'

type IslandProps = Readonly<{ name: IslandName; children: ReactNode }>

/** A part of the page that comes to life with the script. All around it is plain HTML for good. */
export function Island({ name, children }: IslandProps) {
  return <div data-island={name}>{children}</div>
}
