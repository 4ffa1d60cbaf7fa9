import type { Language } from '../look.tsx'

type TodayWords = Readonly<
  Record<
    | ('title' | 'about' | 'leads' | 'visits' | 'conversion' | 'conversionHint' | 'untouched' | 'nobodyWaits')
    | ('tooMany' | 'suspects' | 'duplicates' | 'hours' | 'now' | 'before' | 'hour' | 'system')
    | ('up' | 'down' | 'off' | 'quarantined' | 'none' | 'reason' | 'when' | 'replay' | 'deliveries')
    | 'waiting'
    | 'parked'
    | 'noBefore'
    | 'share'
    | ('queue' | 'queueEmpty' | 'workers' | 'refused' | 'p95' | 'p95Hint' | 'movingSources' | 'source')
    | ('variants' | 'variant' | 'exposed' | 'converted' | 'refusedMost' | 'network' | 'refusedAbout')
    | (
        | 'nothing'
        | 'other'
        | 'change'
        | 'noneMoves'
        | 'without'
        | 'away'
        | 'speed'
        | 'wait'
        | 'soon'
        | 'called'
        | 'speedByCaller'
        | 'speedByCampaign'
        | 'caller'
        | 'campaign'
        | 'halfWithin'
      ),
    string
  > & {
    than(change: string): string
    oldest(time: string): string
    answeredIn(milliseconds: string): string
    within(milliseconds: string): string
    ofAll(share: string): string
    waits(time: string): string
    outcomes: Readonly<Record<string, string>>
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
    speed: 'Until the first call, by the hour in which leads came, of seven days',
    wait: 'Half waited up to',
    soon: 'Called within 5 min',
    speedByCaller: 'Until the first call, by who called',
    speedByCampaign: 'Until the first call, by campaign',
    caller: 'Caller',
    campaign: 'Campaign',
    halfWithin: 'Half within',
    called: 'Called',
    now: 'Now',
    before: 'A week before',
    noBefore: 'nothing a week before',
    than: (change) => `${change} than a week before`,
    hour: 'Hour',
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
    queue: 'Queue',
    queueEmpty: 'nothing waits',
    without: 'no queue: stored at once',
    away: 'Redis does not answer',
    waits: (time) => `the oldest for ${time}`,
    workers: 'Workers',
    refused: 'Refused',
    ofAll: (share) => `${share} of submissions`,
    p95: 'Answered within',
    p95Hint: '95 of 100 submissions',
    within: (milliseconds) => `${milliseconds} ms`,
    movingSources: 'Sources now and a week before',
    source: 'Source',
    change: 'Change',
    noneMoves: 'No lead came, then or now.',
    variants: 'Variants in these hours',
    variant: 'Variant',
    exposed: 'Shown to',
    converted: 'Left a number',
    refusedMost: 'Why submissions were refused',
    refusedAbout: 'Networks are told, no addresses.',
    network: 'Most often of the limiter',
    nothing: 'not told',
    other: 'all others',
    outcomes: {
      rate_limited: 'too many from one address',
      refused: 'something in it breaks a rule',
      unavailable: 'nothing could be kept',
      failed: 'a fault of ours',
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
    speed: 'تا نخستین تماس، به ساعت ورود سرنخ‌ها در هفت روز',
    wait: 'نیمی تا این مدت منتظر ماندند',
    soon: 'تماس تا ۵ دقیقه',
    speedByCaller: 'تا نخستین تماس، به تماس‌گیرنده',
    speedByCampaign: 'تا نخستین تماس، به کمپین',
    caller: 'تماس‌گیرنده',
    campaign: 'کمپین',
    halfWithin: 'نیمی تا',
    called: 'تماس گرفته‌شده',
    now: 'اکنون',
    before: 'یک هفته پیش',
    noBefore: 'یک هفته پیش هیچ',
    than: (change) => `${change} نسبت به یک هفته پیش`,
    hour: 'ساعت',
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
    queue: 'صف',
    queueEmpty: 'چیزی منتظر نیست',
    without: 'بدون صف: همان دم ثبت می‌شود',
    away: 'Redis پاسخ نمی‌دهد',
    waits: (time) => `قدیمی‌ترین ${time}`,
    workers: 'کارگرها',
    refused: 'ردشده',
    ofAll: (share) => `${share} از ارسال‌های فرم`,
    p95: 'زمان پاسخ',
    p95Hint: '۹۵ از هر ۱۰۰ ارسال فرم',
    within: (milliseconds) => `${milliseconds} میلی‌ثانیه`,
    movingSources: 'منابع، اکنون و یک هفته پیش',
    source: 'منبع',
    change: 'تغییر',
    noneMoves: 'نه اکنون سرنخی آمده و نه آن زمان.',
    variants: 'گونه‌ها در این ساعت‌ها',
    variant: 'گونه',
    exposed: 'نشان داده شد به',
    converted: 'شماره گذاشتند',
    refusedMost: 'چرا ارسال‌ها رد شدند',
    refusedAbout: 'تنها شبکه‌ها آمده‌اند، نه نشانی‌ها.',
    network: 'بیشتر محدودشده‌ها',
    nothing: 'نامشخص',
    other: 'سایر',
    outcomes: {
      rate_limited: 'بیش از اندازه از یک نشانی',
      refused: 'چیزی در آن نادرست بود',
      unavailable: 'نگه‌داشتن ممکن نبود',
      failed: 'خطای ما',
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
