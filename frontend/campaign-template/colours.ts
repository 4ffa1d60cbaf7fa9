import { coloursOf } from '../landing/colours/colours.ts'

/** The firm's colour and the button's: all others come from these two, and can be read. */
export const colours = coloursOf({ brand: '#1f4e79', accent: '#f2b441' })
