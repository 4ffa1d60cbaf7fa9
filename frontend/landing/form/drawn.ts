import type { ReactElement, ReactNode } from 'react'
import { Fragment } from 'react/jsx-runtime'

const svg = 'http://www.w3.org/2000/svg'

/**
 * New nodes of what components without state say, for a place that is replaced as a whole: nothing is found again later, so
 * nothing that others do to nodes in the page can make it fail. It is a hundredth of what React itself needs for that in a
 * browser, and there when the first word is to be said.
 */
export function drawn(what: ReactNode): DocumentFragment {
  const fragment = document.createDocumentFragment()
  draw(what, fragment)
  return fragment
}

function draw(what: ReactNode, into: Element | DocumentFragment): void {
  if (Array.isArray(what)) for (const each of what) draw(each, into)
  else if (typeof what === 'string' || typeof what === 'number') into.append(String(what))
  else if (typeof what === 'object' && what !== null) {
    const { type, props } = what as ReactElement<Props>
    drawElement(type, props, into)
  }
}

type Props = Readonly<Record<string, unknown>> & Readonly<{ children?: ReactNode }>

function drawElement(type: unknown, props: Props, into: Element | DocumentFragment): void {
  if (type === Fragment) draw(props.children, into)
  else if (typeof type === 'function') draw(type(props), into)
  else into.append(elementOf(String(type), props, (into as Element).namespaceURI))
}

function elementOf(name: string, props: Props, around: string | null): Element {
  const element =
    name === 'svg' || around === svg ? document.createElementNS(svg, name) : document.createElement(name)
  for (const [each, value] of Object.entries(props))
    if (each !== 'children' && value !== undefined && value !== false)
      element.setAttribute(attributeOf(each), String(value))
  draw(props.children, element)
  return element
}

function attributeOf(name: string): string {
  if (name === 'className') return 'class'
  return /^(?:stroke|fill)[A-Z]/.test(name)
    ? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    : name
}
