/** Flags that change the markup of the form, so that each of their values has a page of its own. */
export const pageFlags = ['consent_checkbox'] as const

export type PageFlags = Readonly<Record<(typeof pageFlags)[number], boolean>>
