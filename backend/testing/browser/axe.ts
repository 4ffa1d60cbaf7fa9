import { type AxeResults, source } from 'axe-core'
import type { Page } from 'playwright-core'

/**
 * What keeps people with a disability from using the page as it stands, or the part of it that a selector names, as axe
 * finds it: one line for each element, with the rule it breaks.
 */
export async function barriersOn(page: Page, within = 'html'): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(source)
  const { violations } = await page.evaluate(
    (selector) =>
      (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run(selector, {
        resultTypes: ['violations'],
      }) as Promise<AxeResults>,
    within,
  )
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, any }) => `${id} (${help}): ${target.join(' ')} ${any[0]?.message ?? ''}`.trim()),
  )
}
