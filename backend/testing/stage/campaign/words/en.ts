import Gauge from 'lucide-react/icons/gauge'
import HardHat from 'lucide-react/icons/hard-hat'
import type { Content } from '../../../../../frontend/landing/content.ts'
import { pictures } from '../pictures.ts'

export const en: Content<'a' | 'b'> = {
  locale: 'en-GB',
  title: 'Ashgrove Boilers: a warm house by Friday',
  description:
    'A new boiler, fitted within two days by our own people. Leave your number and we ring you back with one price.',

  hero: {
    a: {
      eyebrow: 'Fitted within two days',
      title: 'A warm house by Friday, at one fixed price',
      text: 'Leave your number and a fitter rings you back with one price for the boiler, the work and the old one taken away.',
    },
    b: {
      eyebrow: 'A terraced house in Ashgrove',
      title: 'From £190 to £120 a\u00a0month.\nAnd your bill?',
      text: 'A fitter works out your own figure with you, on the phone.',
      form: {
        title: 'What would my bill be?',
        text: 'Ten minutes by phone, with a bill in your hand.',
        submit: 'Work it out with me',
      },
    },
  },
  picture: { ...pictures.workshop, alt: 'A workshop with its door open at the end of a street' },
  comparison: {
    label: 'A terraced house in Ashgrove, with a new boiler',
    before: { label: 'Bill before', value: '£190', amount: 190 },
    after: { label: 'Bill with a new boiler', value: '£120', amount: 120 },
    unit: 'a month',
    gain: '£70 less every month',
  },

  figures: [
    { value: '3,100', label: 'boilers fitted since 2009' },
    { value: '2 days', label: 'from the first call to warm rooms' },
  ],
  benefits: {
    title: 'A price that does not move',
    text: 'You hear it before anybody comes, and it is the one on the invoice.',
    points: [
      { icon: HardHat, title: 'Our own fitters', text: 'Who surveys your house also works on it.' },
      {
        icon: Gauge,
        title: 'No larger than you need',
        text: 'We start from what you use, not from what we have in stock.',
      },
    ],
  },
  steps: {
    title: 'From a call to a warm room',
    points: [
      { title: 'We call you', text: 'Ten minutes about your house and what it costs to heat.' },
      { title: 'We fit it', text: 'Within two days, and the old boiler leaves with us.' },
    ],
    film: {
      title: 'A boiler in twelve seconds',
      uploaded: '/media/solar-day.mp4',
      still: { ...pictures.still, alt: 'A new boiler on a kitchen wall, seen from the front' },
    },
  },
  voices: {
    title: 'From houses near you',
    quotes: [
      {
        text: 'They told me that mine was good for another five years. So I rang them again five years later.',
        name: 'Omar B.',
        place: 'Ashgrove',
      },
      { text: 'The price was the price.', name: 'Helen W.' },
    ],
  },
  questions: {
    title: 'Fair questions',
    list: [
      {
        question: 'What does it cost?',
        answer: 'Most terraced houses come to between £2,400 and £3,200, with everything included.',
      },
      { question: 'Will someone press me to buy?', answer: 'No. Say no once and we do not ring again.' },
    ],
  },
  privacy: {
    question: 'What happens to my number?',
    answer:
      'We keep it for a year so that we can call you about a boiler, and nobody else gets it. Ask us at privacy@ashgrove.example and it is gone the same day.',
  },
  notice: {
    title: 'Privacy notice',
    updated: '2026-11-30',
    intro: 'You leave a number and we call you about a boiler. This is what we keep for it.',
    sections: [
      { title: 'Who is responsible', text: '{brand}, {phone}.' },
      { title: 'What we keep', list: ['Your number.', 'When you sent it.'] },
    ],
  },
  closing: {
    title: 'Two days from now, or another cold winter',
    text: 'Leave your number and a fitter rings you by tomorrow evening.',
    action: 'Get my price',
  },
  footer: {
    lines: ['Ashgrove Boilers, 4 Mill Lane, Ashgrove', 'Monday to Friday, 8 am to 6 pm'],
    small: 'The bills are those of a terraced house with three rooms, in the winter of 2025.',
  },

  form: {
    title: 'Get your price',
    text: 'One call, about ten minutes.',
    promise: 'We call within one working day, Monday to Friday, 8 am to 6 pm.',
    consent: '{brand} may call me on this number about a boiler.',
    thanks: {
      text: 'A fitter calls you within one working day.',
      next: ['Missed us? Ring back on {phone}.'],
    },
  },
}
