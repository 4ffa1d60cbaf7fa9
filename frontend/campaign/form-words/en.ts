import { phoneShown } from '../firm.ts'
import type { FormWords } from './form-words.ts'

const phone = phoneShown.en

export const formWordsEn: FormWords = {
  title: 'Get your free estimate',
  text: 'One call, about ten minutes. No visit, no deposit.',
  label: 'Your phone number',
  hint: 'Mobile or landline, whichever you answer.',
  placeholder: '07700 900 123',
  submit: 'Call me back',
  sending: 'Sending it now',
  privacy: 'We use your number for this estimate only. Never sold, never shared.',
  privacyLink: { label: 'How we handle it', target: 'privacy' },
  consent: {
    version: 'en-2026-11-21',
    text: 'Larkfield Solar may call me on this number about my estimate.',
  },
  honeypot: 'Website',
  problems: {
    required: 'Type your phone number, so that we know where to call.',
    invalid_phone:
      'That does not look like a whole phone number. We need 10 to 15 digits, such as 07700\u00a0900\u00a0123.',
    use_plus_prefix: 'Start a foreign number with + in place of 00, such as +353\u00a085\u00a0012\u00a03456.',
    consent_required: 'Tick the box, so that we may call you.',
  },
  obstacles: {
    offline: 'You are offline, so your number is not sent yet.',
    unreachable: 'Our server has not answered, so your number may not have arrived.',
    rate_limited: 'Too many requests came from your connection, so your number is not sent yet.',
    unavailable: 'Our server cannot take your number at this moment, so it is not sent yet.',
    rejected: 'Something went wrong on our side, and your number was not sent.',
    expired: 'Your number could not be sent for a week, so we no longer keep it on this device.',
  },
  kept: {
    onDevice: {
      offline: 'It is saved on this device and goes out once you are back online with this page open.',
      soon: 'It is saved on this device, and we try again in a few seconds.',
      later:
        'It is saved on this device. We keep trying while this page is open, and when you come back to it.',
    },
    inPage: {
      offline: 'Keep this page open: it goes out as soon as you are back online.',
      soon: 'Keep this page open: we try again in a few seconds.',
      later: 'Keep this page open: we keep trying.',
    },
  },
  failed: `Please try again, or call us on ${phone}.`,
  retry: 'Try again now',
  refusedWithoutScript: `That did not go through. Please check the number and try again, or call us on ${phone}.`,
  thanks: {
    title: 'Thank you, we have your number',
    text: 'An engineer calls you within one working day, Monday to Saturday between 8 am and 8 pm. The call comes from a Leeds number.',
    next: ['Have a recent electricity bill at hand, if you can.', `Missed us? Ring back on ${phone}.`],
    restart: 'Mistyped it? Send another number',
  },
  duplicate: {
    title: 'We already have your number',
    text: 'You are on our list from before, so there is nothing more to do: the call is coming.',
    next: [`In a hurry? Ring us on ${phone}.`],
    restart: 'Send another number',
  },
}
