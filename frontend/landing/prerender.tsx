import { renderToString } from 'react-dom/server'
import { content } from './content.ts'
import { firstState } from './form-state.ts'
import { formAction } from './origin.ts'
import { Page } from './page.tsx'

/** Fills index.html with the words and the markup of the page as it first stands. */
export function prerender(html: string): string {
  const parts: Record<string, string> = {
    title: escapeHtml(content.title),
    description: escapeHtml(content.description),
    page: renderToString(<Page first={firstState('')} action={formAction} send={never} />),
  }
  return html
    .replace('<html lang="en">', `<html lang="${escapeHtml(content.language)}">`)
    .replace(/%(title|description|page)%/g, (_, part: string) => parts[part]!)
}

const never = () => new Promise<never>(() => {})

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
