/** Whether a text is a day such as 2026-11-30, which there is. */
export const isDay = (text: string | undefined): text is string =>
  /^\d{4}-\d\d-\d\d$/.test(text ?? '') && !Number.isNaN(Date.parse(text!))

/** The day that is so many days later. */
export const dayLater = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10)

/** In the words of the reader, and as it stands where it is no moment: an address may hold anything. */
export const saidOr = (text: string, say: (iso: string) => string): string =>
  Number.isNaN(Date.parse(text)) ? text : say(text)
