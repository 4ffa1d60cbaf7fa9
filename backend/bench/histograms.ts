/** Buckets of a histogram of Prometheus, by their upper ends, with the number and the sum of all. */
export type Histogram = Readonly<{ buckets: ReadonlyMap<number, number>; count: number; sumS: number }>

/** A histogram of all that these addresses show, added up over their labels. */
export async function histogramsAt(urls: readonly string[], name: string): Promise<Histogram> {
  const texts = await Promise.all(urls.map(async (url) => (await fetch(url)).text()))
  return histogramIn(texts.join('\n'), name)
}

export function histogramIn(text: string, name: string): Histogram {
  const buckets = new Map<number, number>()
  let [count, sumS] = [0, 0]
  for (const [, kind, labels, value] of text.matchAll(
    new RegExp(`^${name}_(bucket|count|sum)(\\{.*\\})? (\\S+)$`, 'gm'),
  )) {
    if (kind === 'count') count += Number(value)
    else if (kind === 'sum') sumS += Number(value)
    else {
      const end = /le="([^"]+)"/.exec(labels ?? '')?.[1]
      if (end !== '+Inf') buckets.set(Number(end), (buckets.get(Number(end)) ?? 0) + Number(value))
    }
  }
  return { buckets, count, sumS }
}

/** How many of what came between two readings took at most so long, and how long each took on average, in words. */
export function shareWithin(before: Histogram, after: Histogram, endS: number): string {
  const count = after.count - before.count
  if (count <= 0) return 'none seen'
  const within = (after.buckets.get(endS) ?? 0) - (before.buckets.get(endS) ?? 0)
  const meanMs = ((after.sumS - before.sumS) / count) * 1000
  return `${count}, mean ${meanMs.toFixed(1)} ms, ${((within / count) * 100).toFixed(2)} % within ${endS * 1000} ms`
}
