import type { Endpoint } from '../deliveries.ts'
import type { Language } from '../look.tsx'

type DeliveryWords = Readonly<
  Record<
    | ('title' | 'about' | 'none' | 'add' | 'addAbout' | 'addButton' | 'name' | 'nameHint' | 'url')
    | (
        | 'back'
        | 'success'
        | 'latency'
        | 'waiting'
        | 'parked'
        | 'lastFault'
        | 'noFault'
        | 'noTries'
        | 'attempts'
      )
    | ('test' | 'pause' | 'resume' | 'recover' | 'recoverAbout' | 'recoverButton' | 'rotate' | 'rotateAbout')
    | ('rotateButton' | 'replay' | 'replayAbout' | 'count' | 'replayButton' | 'remove' | 'removeAbout')
    | ('removeButton' | 'since' | 'sinceHint' | 'until' | 'secret' | 'secretAbout' | 'noAttempts' | 'when')
    | ('event' | 'outcome' | 'answer' | 'took' | 'request' | 'received' | 'noAnswer' | 'let' | 'gone'),
    string
  > & {
    states: Record<Endpoint['state'], string>
    outcomes: Readonly<Record<string, string>>
    ofDay(delivered: string, all: string): string
    milliseconds(count: string): string
    oldest(time: string): string
    sentAgain(count: string): string
    wouldBeSent(count: string): string
    tested(milliseconds: string): string
    notTested(because: string): string
    held(since: string): string
    attemptsOf(name: string): string
  }
>

export const deliveryWords: Readonly<Record<Language, DeliveryWords>> = {
  en: {
    title: 'Deliveries',
    about: 'Who is told of leads, and whether they hear it.',
    none: 'Nobody is told of leads yet. Add the address of a system that shall have them.',
    add: 'Add an endpoint',
    addAbout: 'It is told of every lead that is stored from now on.',
    addButton: 'Add it',
    name: 'Name',
    nameHint: 'Small letters, digits and dashes, such as crm.',
    url: 'Address',
    back: 'All endpoints',
    success: 'Delivered today',
    ofDay: (delivered, all) => `${delivered} of ${all} attempts in 24\u00a0h`,
    latency: 'Median answer',
    milliseconds: (count) => `${count} ms`,
    waiting: 'Waiting',
    oldest: (time) => `the oldest for ${time}`,
    parked: 'Given up',
    lastFault: 'Last fault',
    noFault: 'None is known.',
    noTries: 'nothing sent in 24 h',
    attempts: 'Attempts',
    attemptsOf: (name) => `Attempts at ${name}`,
    noAttempts: 'Nothing was sent there in the last 30 days.',
    test: 'Send a test',
    tested: (milliseconds) => `It took the test, in ${milliseconds} ms.`,
    notTested: (because) => `The test was not taken: ${because}.`,
    request: 'What was sent',
    received: 'What it answered',
    noAnswer: 'Nothing.',
    pause: 'Pause',
    resume: 'Resume',
    recover: 'Recover',
    recoverAbout: 'It is on again, and what waits or was given up is sent now, at a limited rate.',
    recoverButton: 'Send it now',
    since: 'Stored since',
    sinceHint: 'Empty: all of it.',
    until: 'Stored until',
    rotate: 'New secret',
    rotateAbout:
      'The one now in use signs beside the new one for a day, so that the receiver can change over.',
    rotateButton: 'Make a new one',
    secret: 'The secret',
    secretAbout: 'It is shown this once. The receiver checks signatures by it.',
    replay: 'Replay',
    replayAbout: 'Sends what was delivered once more, under the same ids and with the secret of today.',
    count: 'Count first',
    replayButton: 'Send them again',
    wouldBeSent: (count) => `${count} would be sent again.`,
    sentAgain: (count) => `${count} go out again.`,
    remove: 'Remove',
    removeAbout: 'Nothing more is sent there, and its attempts and what waits for it are gone.',
    removeButton: 'Remove it',
    when: 'When',
    event: 'Event',
    outcome: 'Outcome',
    answer: 'Answer',
    took: 'Took',
    let: 'Send what waits',
    held: (since) =>
      `The database was put back ${since}. Nothing is sent until somebody says so, for some of it may have been sent before.`,
    gone: 'There is no endpoint of this name.',
    states: { on: 'on', paused: 'paused', parked: 'parked' },
    outcomes: { delivered: 'delivered', failed: 'failed', gone: 'wants no more' },
  },
  fa: {
    title: 'ارسال‌ها',
    about: 'سرنخ‌ها به چه کسانی می‌رسند، و آیا می‌رسند.',
    none: 'هنوز سرنخ‌ها برای کسی فرستاده نمی‌شوند. نشانی سامانه‌ای را که باید بگیردشان اضافه کنید.',
    add: 'افزودن مقصد',
    addAbout: 'از این پس هر سرنخی که ذخیره شود به آن گفته می‌شود.',
    addButton: 'افزودن',
    name: 'نام',
    nameHint: 'حروف کوچک انگلیسی، رقم و خط تیره، مانند crm.',
    url: 'نشانی',
    back: 'همهٔ مقصدها',
    success: 'رسیده، امروز',
    ofDay: (delivered, all) => `${delivered} از ${all} تلاش در ۲۴ ساعت`,
    latency: 'میانهٔ زمان پاسخ',
    milliseconds: (count) => `${count} میلی‌ثانیه`,
    waiting: 'در انتظار',
    oldest: (time) => `قدیمی‌ترین ${time}`,
    parked: 'رهاشده',
    lastFault: 'آخرین خطا',
    noFault: 'خطایی شناخته نشده.',
    noTries: 'در ۲۴ ساعت چیزی فرستاده نشده',
    attempts: 'تلاش‌ها',
    attemptsOf: (name) => `تلاش‌ها برای ${name}`,
    noAttempts: 'در ۳۰ روز گذشته چیزی به آن فرستاده نشده است.',
    test: 'ارسال آزمایشی',
    tested: (milliseconds) => `پیام آزمایشی در ${milliseconds} میلی‌ثانیه رسید.`,
    notTested: (because) => `پیام آزمایشی نرسید: ${because}.`,
    request: 'آنچه فرستاده شد',
    received: 'آنچه پاسخ داد',
    noAnswer: 'هیچ.',
    pause: 'مکث',
    resume: 'ادامه',
    recover: 'بازیابی',
    recoverAbout: 'دوباره روشن می‌شود و هر چه مانده یا رها شده، با سرعتی محدود فرستاده می‌شود.',
    recoverButton: 'همین حالا فرستاده شود',
    since: 'ثبت‌شده از',
    sinceHint: 'خالی: همه.',
    until: 'ثبت‌شده تا',
    rotate: 'راز تازه',
    rotateAbout: 'راز کنونی یک روز کنار راز تازه امضا می‌کند تا گیرنده فرصت تعویض داشته باشد.',
    rotateButton: 'ساختن راز تازه',
    secret: 'راز',
    secretAbout: 'فقط همین یک بار نشان داده می‌شود. گیرنده امضاها را با آن می‌سنجد.',
    replay: 'ارسال دوباره',
    replayAbout: 'آنچه رسیده بود، با همان شناسه‌ها و راز امروز، یک بار دیگر فرستاده می‌شود.',
    count: 'اول بشمار',
    replayButton: 'دوباره فرستاده شوند',
    wouldBeSent: (count) => `${count} مورد دوباره فرستاده می‌شود.`,
    sentAgain: (count) => `${count} مورد دوباره راهی شد.`,
    remove: 'حذف',
    removeAbout: 'دیگر چیزی به آن فرستاده نمی‌شود و تلاش‌ها و آنچه در انتظار است از بین می‌رود.',
    removeButton: 'حذف شود',
    when: 'زمان',
    event: 'رویداد',
    outcome: 'حاصل',
    answer: 'پاسخ',
    took: 'مدت',
    let: 'ارسال مانده‌ها',
    held: (since) =>
      `پایگاه داده ${since} برگردانده شد. تا کسی نگوید چیزی فرستاده نمی‌شود، چون شاید بخشی پیش‌تر فرستاده شده باشد.`,
    gone: 'مقصدی با این نام نیست.',
    states: { on: 'روشن', paused: 'در مکث', parked: 'کنار گذاشته' },
    outcomes: { delivered: 'رسید', failed: 'نرسید', gone: 'دیگر نمی‌خواهد' },
  },
}
