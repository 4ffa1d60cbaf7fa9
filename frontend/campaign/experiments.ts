/** What the page can draw. The first language and the first variant of each experiment are what it falls back to. */
export const languages = ['en', 'fa'] as const

export const experiments = { hero: ['a', 'b'] } as const

/** Flags that change the markup of the form, so that each of their values has a page of its own. */
export const pageFlags = ['consent_checkbox'] as const

export type Language = (typeof languages)[number]
export type Variants = Readonly<{ [Name in keyof typeof experiments]: (typeof experiments)[Name][number] }>
export type PageFlags = Readonly<Record<(typeof pageFlags)[number], boolean>>
