export type Halving<Item, Result> = Readonly<{
  /** Does the work for items that stand together, or for none of them. `from` is the place of the first. */
  together(items: readonly Item[], from: number): Promise<Result>
  /** Whether the items are at fault, so that fewer of them may do; else trying again later may help. */
  isAtFault(error: unknown): boolean
  /** What is done with an item at fault, once it is found. */
  alone(item: Item, error: Error, from: number): Promise<Result>
}>

/**
 * Works on items together; where some of them are at fault, on each half, until they are found and all others are done.
 * Resolves with what came of each part, in order.
 * @throws whatever the work throws when the items are not at fault.
 */
export async function inHalves<Item, Result>(
  items: readonly Item[],
  halving: Halving<Item, Result>,
  from = 0,
): Promise<Result[]> {
  if (items.length === 0) return []
  try {
    return [await halving.together(items, from)]
  } catch (error) {
    if (!halving.isAtFault(error)) throw error
    if (items.length === 1) return [await halving.alone(items[0]!, error as Error, from)]
  }
  const middle = Math.ceil(items.length / 2)
  return [
    ...(await inHalves(items.slice(0, middle), halving, from)),
    ...(await inHalves(items.slice(middle), halving, from + middle)),
  ]
}
