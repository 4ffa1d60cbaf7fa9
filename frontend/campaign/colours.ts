import { coloursOf } from '../landing/colours/colours.ts'

/** From the first two come all others; those of the sample are mixed by hand. */
export const colours = coloursOf(
  { brand: '#0f5b4c', accent: '#ffc24a' },
  {
    both: { 'accent-strong': '#ffb01f', band: '#0f4f43', 'band-ink': '#d5ebe3' },
    light: {
      page: '#fbf9f4',
      tint: '#f1eee4',
      ink: '#15231d',
      soft: '#4b5a53',
      line: '#dcd9cc',
      field: '#7c8781',
      'brand-tint': '#e3f0ea',
    },
    dark: {
      page: '#0d1512',
      tint: '#121c18',
      surface: '#18241f',
      ink: '#eef3ef',
      soft: '#b0beb6',
      line: '#2c3b34',
      field: '#7f9088',
      brand: '#7fd6ba',
      'brand-tint': '#1b3029',
    },
  },
)
