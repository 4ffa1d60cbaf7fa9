import type { Language } from '../look.tsx'

type RequestWords = Readonly<
  Record<
    | ('title' | 'about' | 'asked' | 'phone' | 'language' | 'decision' | 'look' | 'find' | 'refuse')
    | ('reason' | 'reasonHint' | 'erased' | 'refused' | 'waits' | 'nothing'),
    string
  > & { ends(digits: string): string }
>

export const requestWords: Readonly<Record<Language, RequestWords>> = {
  en: {
    title: 'Asked by themselves',
    about:
      'Anybody can send the form. Make sure that the number is theirs, by ringing the lead, before you erase. The law gives a month.',
    asked: 'Asked',
    phone: 'Phone',
    ends: (digits) => `ends with ${digits}`,
    language: 'Language',
    decision: 'Decision',
    look: 'See what would go',
    find: 'Find the lead',
    refuse: 'Refuse',
    reason: 'Why',
    reasonHint: 'Kept with the request and in the audit, without a phone.',
    erased: 'erased',
    refused: 'refused',
    waits: 'waits',
    nothing:
      'Nothing is kept of this number as it was written. It may have come without the code of its country: find the lead by its last digits, and erase it from there.',
  },
  fa: {
    title: 'درخواست‌های خود افراد',
    about:
      'این فرم را هر کسی می‌تواند بفرستد. پیش از حذف، با تماس با سرنخ مطمئن شوید که شماره از آن خود اوست. قانون یک ماه فرصت می‌دهد.',
    asked: 'زمان درخواست',
    phone: 'تلفن',
    ends: (digits) => `پایان با ${digits}`,
    language: 'زبان',
    decision: 'تصمیم',
    look: 'چه چیزی حذف می‌شود؟',
    find: 'یافتن سرنخ',
    refuse: 'رد',
    reason: 'چرا',
    reasonHint: 'با درخواست و در بازرسی نگه داشته می‌شود، بی شماره.',
    erased: 'حذف شد',
    refused: 'رد شد',
    waits: 'منتظر',
    nothing:
      'از این شماره، آن‌گونه که نوشته شده، چیزی نگه داشته نشده است. شاید بی کد کشور نوشته شده باشد: سرنخ را با رقم‌های آخرش بیابید و از همان‌جا حذف کنید.',
  },
}
