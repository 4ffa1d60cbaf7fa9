import type { ReactNode } from 'react'
import { renderToString } from 'react-dom/server'
import type { IslandName } from './island-props.ts'

type IslandProps = Readonly<{ name: IslandName; children: ReactNode }>

/** A part of the page that React takes over in the browser. All around it is plain HTML for good. */
export function Island({ name, children }: IslandProps) {
  // biome-ignore lint/security/noDangerouslySetInnerHtml: it is our own markup, escaped by React.
  return <div data-island={name} dangerouslySetInnerHTML={{ __html: renderToString(children) }} />
}
