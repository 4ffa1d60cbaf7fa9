import Clock from 'lucide-react/icons/clock'
import HandCoins from 'lucide-react/icons/hand-coins'
import ShieldCheck from 'lucide-react/icons/shield-check'
import type { Content } from '../../landing/content.ts'
import { notice } from '../notice/en.ts'
import type { Variant } from '../variants.ts'

export const en: Content<Variant> = {
  locale: 'en',
  title: '[[What you offer, in eight words]]',
  description: '[[Two sentences for search engines: what you do, where, and that you call back for free]]',

  hero: {
    a: {
      title: '[[What people get, in eight words]]',
      text: '[[Who calls, when, and what they hear: one sentence]]',
    },
  },

  benefits: {
    title: '[[Why you]]',
    text: '[[One sentence that only your firm can say]]',
    points: [
      { icon: HandCoins, title: '[[First reason]]', text: '[[One sentence, with a figure if there is one]]' },
      { icon: Clock, title: '[[Second reason]]', text: '[[One sentence, with a figure if there is one]]' },
      {
        icon: ShieldCheck,
        title: '[[Third reason]]',
        text: '[[One sentence, with a figure if there is one]]',
      },
    ],
  },

  steps: {
    title: 'What happens next',
    points: [
      { title: 'You leave your number', text: 'It takes ten seconds, and costs nothing.' },
      { title: 'We call you', text: '[[When, and how long the call takes]]' },
      { title: 'You decide', text: 'If it is not for you, say so once and we do not ring again.' },
    ],
  },

  questions: {
    title: 'Fair questions',
    list: [
      { question: 'What does it cost?', answer: '[[A price, a range, or how it is found]]' },
      { question: 'Will someone press me to buy?', answer: 'No. Say no once and we do not ring again.' },
    ],
  },
  privacy: {
    question: 'What happens to my number?',
    answer:
      'We keep it so that we can call you back, with the time you sent it, which advert brought you here and which version of this page you saw. We delete it after 12 months if you do not become a customer, or on the day you ask. Nobody else gets it.',
  },
  notice,

  closing: {
    title: '[[The last word: what they gain by leaving their number now]]',
    text: '[[When you call back]]',
    action: 'Call me back',
  },
  footer: {
    lines: ['{brand}, [[street and town]]', '[[Monday to Friday, 9 am to 6 pm]]'],
  },

  form: {
    promise: '[[When you call back, and on which days]]',
    thanks: { text: '[[When you call back, and from which number]]' },
  },
}
