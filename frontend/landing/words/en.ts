import type { FormWords } from '../form/form-words.ts'
import type { AnswerWords, PageWords } from './stock.ts'

export const form: FormWords = {
  title: 'We call you back',
  text: 'Leave your number. It takes ten seconds.',
  label: 'Your phone number',
  hint: 'Mobile or landline, whichever you answer.',
  placeholder: '{sample}',
  submit: 'Call me back',
  sending: 'Sending it now',
  privacy: 'We use your number for this call only. Never sold, never shared.',
  privacyLink: 'How we handle it',
  consent: '{brand} may call me on this number.',
  honeypot: 'Website',
  problems: {
    required: 'Type your phone number, so that we know where to call.',
    invalid_phone:
      'That does not look like a whole phone number. We need all of its digits, such as {sample}.',
    use_plus_prefix: 'Start a foreign number with + in place of 00, such as +353\u00a085\u00a0012\u00a03456.',
    consent_required: 'Tick the box, so that we may call you.',
  },
  odd: 'Numbers that begin like this have {should} digits, and this one has {has}. Send it anyway?',
  sendAnyway: 'Send it anyway',
  obstacles: {
    offline: 'You are offline, so your number is not sent yet.',
    unreachable: 'Our server has not answered, so your number may not have arrived.',
    rate_limited: 'Too many requests came from your connection, so your number is not sent yet.',
    unavailable: 'Our server cannot take your number at this moment, so it is not sent yet.',
    rejected: 'Something went wrong on our side, and your number was not sent.',
    outdated: 'This page is out of date and cannot send your number.',
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
  failed: 'Please try again, or call us on {phone}.',
  retry: 'Try again now',
  outdated: 'Reload it: your number is kept.',
  reload: 'Reload the page',
  calling: 'We call {number}',
  change: 'Change',
  thanks: {
    title: 'Thank you, we have your number',
    text: 'We call you as soon as we can.',
    next: ['Missed us? Ring back on {phone}.'],
    restart: 'Send another number',
  },
  duplicate: {
    title: 'We already have your number',
    text: 'You are on our list from before, so there is nothing more to do: the call is coming.',
    next: ['In a hurry? Ring us on {phone}.'],
    restart: 'Send another number',
  },
}

export const page: PageWords = {
  skip: 'Skip to the form',
  callUs: 'Call us',
  languages: 'Language',
  privacy: 'Privacy',
  wholeNotice: 'The whole privacy notice',
  updated: 'Last changed on {date}',
  playFilm: 'Play the film',
  filmMissing: 'The film cannot be loaded at this moment.',
}

export const answers: AnswerWords = {
  unreadable: {
    title: 'Not readable',
    heading: 'We could not read this request.',
    text: 'Its address, or the cookies that your browser keeps for this site, may be too long. Open the page by its short address; if that does not help, delete the cookies of this site and try again.',
  },
  too_large: {
    title: 'Too large',
    heading: 'This request is larger than we accept.',
    text: 'Please go back and check what you typed.',
  },
  rate_limited: {
    title: 'One moment',
    heading: 'Many people are here right now.',
    text: 'Please wait a moment and try again. If you just sent your number, it was not taken: go back and send it again.',
  },
  unavailable: {
    title: 'Back in a moment',
    heading: 'We cannot answer right now.',
    text: 'Please reload in a few seconds. If you just sent your number, it may not have reached us: go back and send it again. Sending it twice does no harm.',
  },
  not_found: {
    title: 'Nothing here',
    heading: 'There is nothing at this address.',
    text: 'Please check it, or open [the first page].',
  },
  method: {
    title: 'Not like this',
    heading: 'This address cannot be used like this.',
    text: 'Please go back and open the page again.',
  },
}
