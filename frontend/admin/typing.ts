/** A field of what the address says: what stands in it, and what it has asked for last, which the address is about to say. */
export type Typing = Readonly<{ text: string; asked: string }>

/** What is to be asked for once whoever types has stopped; undefined where it was. */
export function toAsk({ text, asked }: Typing): string | undefined {
  const wanted = text.trim()
  return wanted === asked ? undefined : wanted
}

/** The address has changed. Where it says what was asked for, they may be typing on: a space, or more, stands behind it by now. */
export const withAddress = (typing: Typing, value: string): Typing =>
  value === typing.asked ? typing : { text: value, asked: value }
