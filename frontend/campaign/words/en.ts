import BadgePoundSterling from 'lucide-react/icons/badge-pound-sterling'
import Gauge from 'lucide-react/icons/gauge'
import HardHat from 'lucide-react/icons/hard-hat'
import ShieldCheck from 'lucide-react/icons/shield-check'
import type { Content } from '../../landing/content.ts'
import { noticeEn } from '../notice/en.ts'
import { film, house, still } from '../pictures.ts'
import type { Variant } from '../variants.ts'

export const en: Content<Variant> = {
  locale: 'en-GB',
  title: 'Larkfield Solar: find out what your roof could save',
  description:
    'Solar panels for homes in Yorkshire, fitted by our own team. Leave your number and get an honest estimate by phone, free and without obligation.',
  share: {
    title: 'Find out what your roof could save you',
    text: 'A free, honest estimate by phone',
  },

  hero: {
    a: {
      eyebrow: '0% VAT on home solar until March 2027',
      title: 'Find out what your roof could save you',
      text: 'Leave your number and an engineer from our Leeds team calls you with an honest estimate: what panels would cost, what they would save, and whether they are worth it at all.',
    },
    b: {
      eyebrow: 'A typical three-bed home in Leeds',
      title: 'From £118 to £41 a\u00a0month.\nAnd your bill?',
      text: 'An engineer works out your own figure with you, on the phone. If panels would not pay for themselves, you hear that too.',
      form: {
        title: 'What would my bill be?',
        text: 'Ten minutes by phone, with your last bill at hand.',
        submit: 'Work it out with me',
      },
    },
  },
  picture: { ...house, alt: 'A brick house on a Yorkshire hillside with solar panels across its roof' },
  comparison: {
    label: 'Typical three-bed home in Leeds, with ten panels',
    before: { label: 'Bill before', value: '£118', amount: 118 },
    after: { label: 'Bill with panels', value: '£41', amount: 41 },
    unit: 'a month',
    gain: '£77 less every month',
  },

  figures: [
    { value: '1,240', label: 'roofs fitted since 2014' },
    { value: '7.5 years', label: 'typical time to pay for itself' },
    { value: '25 years', label: 'warranty on every panel' },
    { value: '1 day', label: 'on your roof, start to finish' },
  ],

  benefits: {
    title: 'A quote you can hold us to',
    text: 'Solar is a good deal on most roofs and a poor one on some. We tell you which before you spend anything.',
    points: [
      {
        icon: BadgePoundSterling,
        title: 'One price, in writing',
        text: 'Panels, inverter, scaffolding and paperwork in one figure. It does not move once you have it.',
      },
      {
        icon: HardHat,
        title: 'Our own fitters',
        text: 'No subcontractors. The people who survey your roof are the people who work on it.',
      },
      {
        icon: Gauge,
        title: 'Sized for your bills',
        text: 'We start from what you use, not from how many panels would fit. Most homes need fewer than they are sold.',
      },
      {
        icon: ShieldCheck,
        title: 'Looked after for 25 years',
        text: 'We watch the output with you. If it drops below what we promised, we come out and put it right.',
      },
    ],
  },

  steps: {
    title: 'From phone call to first cup of solar tea',
    points: [
      {
        title: 'We call you',
        text: 'Ten minutes about your roof, your bills and what you want. You hear a first figure on the same call.',
      },
      {
        title: 'We survey your roof',
        text: 'If the figure suits you, an engineer measures up and checks the wiring. The written quote follows within two days.',
      },
      {
        title: 'We fit it in a day',
        text: 'Scaffolding up the day before, panels on by teatime, and every form for the grid filled in by us.',
      },
    ],
    film: {
      title: 'A day on a solar roof, in twelve seconds',
      uploaded: film,
      still: { ...still, alt: 'The sun over a house with solar panels, a battery filling up beside it' },
    },
  },

  voices: {
    title: 'From roofs near you',
    quotes: [
      {
        text: 'They told my mother next door not to bother, her roof faces north. That is why I trusted them with mine.',
        name: 'Amina R.',
        place: 'Headingley, 8 panels',
      },
      {
        text: 'The quote said £7,150 and the invoice said £7,150. Fitted on a Tuesday, making power the same afternoon.',
        name: 'Graham T.',
        place: 'Otley, 10 panels and a battery',
      },
      {
        text: 'Our first July bill was £9. I rang to ask whether the meter was broken. It was not.',
        name: 'Sian and Joe',
        place: 'Saltaire, 9 panels',
      },
    ],
  },

  questions: {
    title: 'Fair questions',
    list: [
      {
        question: 'What does it cost?',
        answer:
          'Most three-bed homes come to between £5,500 and £8,000 with everything included. There is no VAT on home solar until 31 March 2027.',
      },
      {
        question: 'Does it work in Yorkshire weather?',
        answer:
          'Yes. Panels run on daylight, not heat, and Leeds gets about four fifths of the light of the south coast. Our estimate uses the weather records for your postcode.',
      },
      {
        question: 'Will someone pressure me to buy?',
        answer:
          'No. The call is with an engineer who is not paid by the sale. Say no once and we do not ring again.',
      },
      {
        question: 'Do I need planning permission?',
        answer:
          'Usually not. Listed buildings and some conservation areas are different. We check for your address before the survey.',
      },
      {
        question: 'What if I move house?',
        answer:
          'The panels and their warranty stay with the house, and tend to help it sell. You take the savings of the years before with you.',
      },
    ],
  },

  privacy: {
    question: 'What happens to my number?',
    answer:
      'We store your phone number, the time you sent it, which advert brought you here and which version of this page you saw, so that we can call you about your estimate and make the page better. We delete it after 12 months if you do not become a customer, or on the day you ask. Nobody else gets it. Ask us by phone or at privacy@larkfield.example.',
  },
  notice: noticeEn,

  closing: {
    title: 'Ten minutes now, or another winter of full bills',
    text: 'Leave your number and we ring you within one working day.',
    action: 'Get my free estimate',
  },

  footer: {
    lines: ['Larkfield Solar, Leeds, West Yorkshire', 'Monday to Saturday, 8 am to 8 pm'],
    small:
      'Bill figures are for a ten-panel roof facing south-west in Leeds, at the price cap of October 2026. Yours depends on your roof and on what you use.',
  },

  form: {
    title: 'Get your free estimate',
    text: 'One call, about ten minutes. No visit, no deposit.',
    promise: 'We call within one working day, Monday to Saturday, 8 am to 8 pm.',
    privacy: 'We use your number for this estimate only. Never sold, never shared.',
    consent: '{brand} may call me on this number about my estimate.',
    thanks: {
      text: 'An engineer calls you within one working day, Monday to Saturday between 8 am and 8 pm. The call comes from a Leeds number.',
      next: ['Have a recent electricity bill at hand, if you can.', 'Missed us? Ring back on {phone}.'],
    },
  },
}
