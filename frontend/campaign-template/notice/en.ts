import type { Notice } from '../../landing/content.ts'

export const notice: Notice = {
  title: 'Privacy notice',
  updated: '2026-11-30',
  intro:
    'You leave a phone number here and we call you back. This page says what we keep for that, why, for how long, and what you can ask of us.',
  sections: [
    {
      title: 'Who is responsible',
      text: '{brand}, [[street, town, register entry]]. Ask us anything about your data on {phone} or at [[an address for mail]].',
    },
    {
      title: 'What we keep when you send your number',
      list: [
        'Your phone number and the moment you sent it.',
        'What brought you here: the campaign in the address, the click id of an advert, the site that linked to us.',
        'The version, the language and the address of the page that you saw, on what kind of device, how long it was open, and whether it looked as if a program had filled it in.',
        'The text that you agreed to, where we asked you to agree.',
      ],
    },
    {
      title: 'What we keep when you look at the page',
      text: 'Which version you saw, whether you tapped a button, how fast the page was, the page before, and the kind of device: under a random number in a cookie, never with your name or your phone number. Our servers shorten your network address before they write it down.',
    },
    {
      title: 'What is on your device',
      list: [
        'Cookies for a year: lf_visitor (a random number), lf_page (the version of the page that you saw) and lf_language. They keep the page the same when you come back.',
        'What you have typed, until the tab is closed; a number that could not be sent yet, for a week at most; what brought you here, for 90 days, unless your browser asks for privacy; and this page, to open it without a network.',
      ],
    },
    {
      title: 'Why we may',
      text: 'You ask us to call you, and we need your number for that. To see whether the page works is our legitimate interest; you may object at any time. [[The law of your country: in the European Union Article 6(1)(b) and (f) of the GDPR]]',
    },
    {
      title: 'Who else gets it',
      text: 'The company that runs our servers, in [[country]], on our instructions. Nobody else: we neither sell nor share your number.',
    },
    {
      title: 'How long',
      list: [
        'Your number: 12 months, if you do not become a customer. As a customer, as long as your contract and the law ask for it.',
        'What happened on the page: 400 days. The log of requests, with a masked number: 90 days.',
      ],
    },
    {
      title: 'Your rights',
      text: 'You may see what we have, have it corrected or deleted, take it with you, have us keep it without using it, or object. Tell us by phone or mail: we do it within a month, and most often on the same day. If you are not content with what we do, complain to [[the supervisory authority of your country]].',
    },
  ],
}
