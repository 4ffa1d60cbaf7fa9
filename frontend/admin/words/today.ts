import type { Language } from '../look.tsx'

type TodayWords = Readonly<
  Record<
    | ('title' | 'about' | 'leads' | 'visits' | 'conversion' | 'conversionHint' | 'untouched' | 'nobodyWaits')
    | ('tooMany' | 'suspects' | 'duplicates' | 'hours' | 'now' | 'before' | 'hour' | 'asTable' | 'system')
    | ('up' | 'down' | 'off' | 'quarantined' | 'none' | 'reason' | 'when' | 'replay' | 'deliveries')
    | 'waiting'
    | 'parked'
    | 'noBefore'
    | 'share',
    string
  > & {
    than(change: string): string
    oldest(time: string): string
    answeredIn(milliseconds: string): string
    statuses: Record<'ok' | 'degraded' | 'down', string>
    parts: Readonly<Record<string, string>>
  }
>

export const todayWords: Readonly<Record<Language, TodayWords>> = {
  en: {
    title: 'Today',
    about: 'The last 24 hours, beside the same hours a week before.',
    leads: 'Leads',
    visits: 'Visits',
    conversion: 'Conversion',
    conversionHint: 'leads by visits',
    untouched: 'Waiting for a call',
    nobodyWaits: 'nobody waits',
    tooMany: 'too many to tell',
    oldest: (time) => `the oldest for ${time}`,
    suspects: 'Suspect',
    share: 'of the leads',
    duplicates: 'Stored twice',
    hours: 'Leads by the hour',
    now: 'Now',
    before: 'A week before',
    noBefore: 'nothing a week before',
    than: (change) => `${change} than a week before`,
    hour: 'Hour',
    asTable: 'As a table',
    system: 'Is it working?',
    up: 'works',
    down: 'away',
    off: 'not used',
    answeredIn: (milliseconds) => `${milliseconds} ms`,
    quarantined: 'Could not be stored',
    none: 'None.',
    reason: 'Reason',
    when: 'When',
    replay: 'Look at them, and store them again once the reason is mended',
    deliveries: 'Deliveries',
    waiting: 'Waiting',
    parked: 'Given up',
    statuses: {
      ok: 'Everything works',
      degraded: 'Leads are kept; something beside is away',
      down: 'Leads cannot be kept',
    },
    parts: {
      postgres: 'Postgres',
      redis: 'Redis and its queue',
      worker: 'Workers',
      configuration: 'Flags and experiments',
      mongo: 'Request log',
      object_storage: 'Pictures and files',
      deliveries: 'Deliveries',
    },
  },
  fa: {
    title: 'امروز',
    about: '۲۴ ساعت گذشته، در کنار همین ساعت‌ها در یک هفته پیش.',
    leads: 'سرنخ',
    visits: 'بازدید',
    conversion: 'نرخ تبدیل',
    conversionHint: 'سرنخ به بازدید',
    untouched: 'منتظر تماس',
    nobodyWaits: 'کسی منتظر نیست',
    tooMany: 'بیش از آن که بتوان شمرد',
    oldest: (time) => `قدیمی‌ترین ${time}`,
    suspects: 'مشکوک',
    share: 'از سرنخ‌ها',
    duplicates: 'دو بار ثبت‌شده',
    hours: 'سرنخ‌ها به ساعت',
    now: 'اکنون',
    before: 'یک هفته پیش',
    noBefore: 'یک هفته پیش هیچ',
    than: (change) => `${change} نسبت به یک هفته پیش`,
    hour: 'ساعت',
    asTable: 'به شکل جدول',
    system: 'آیا کار می‌کند؟',
    up: 'کار می‌کند',
    down: 'در دسترس نیست',
    off: 'استفاده نمی‌شود',
    answeredIn: (milliseconds) => `${milliseconds} میلی‌ثانیه`,
    quarantined: 'ثبت‌نشدنی‌ها',
    none: 'هیچ.',
    reason: 'دلیل',
    when: 'زمان',
    replay: 'آن‌ها را ببینید و پس از رفع علت دوباره ثبت کنید',
    deliveries: 'ارسال‌ها',
    waiting: 'در انتظار',
    parked: 'رهاشده',
    statuses: {
      ok: 'همه چیز کار می‌کند',
      degraded: 'سرنخ‌ها حفظ می‌شوند؛ چیزی در کنار از کار افتاده',
      down: 'سرنخ‌ها حفظ نمی‌شوند',
    },
    parts: {
      postgres: 'Postgres',
      redis: 'Redis و صف آن',
      worker: 'کارگرها',
      configuration: 'پرچم‌ها و آزمایش‌ها',
      mongo: 'گزارش درخواست‌ها',
      object_storage: 'تصویرها و فایل‌ها',
      deliveries: 'ارسال‌ها',
    },
  },
}
