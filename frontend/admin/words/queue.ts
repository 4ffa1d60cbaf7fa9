import type { Language } from '../look.tsx'

type QueueWords = Readonly<
  Record<
    | ('title' | 'about' | 'leads' | 'oldest' | 'nothingWaits' | 'withoutRedis' | 'away')
    | ('workers' | 'noWorkers' | 'quarantined' | 'quarantinedAbout' | 'none' | 'reason' | 'came' | 'when')
    | ('replay' | 'replayAll' | 'failed' | 'failedAbout' | 'asked' | 'running' | 'replays' | 'who' | 'what')
    | ('one' | 'all' | 'outcome' | 'idle'),
    string
  > & {
    batches(count: string): string
    latestOf(shown: string, all: string): string
    stored(count: string): string
    queued(count: string): string
    stay(count: string, reason: string): string
  }
>

export const queueWords: Readonly<Record<Language, QueueWords>> = {
  en: {
    title: 'Queue',
    about: 'What visitors were told is taken, and is not in the table yet.',
    leads: 'Leads that wait',
    batches: (count) => `in ${count} batches`,
    oldest: 'The oldest waits',
    nothingWaits: 'nothing waits',
    withoutRedis: 'Without Redis: each lead is stored before its visitor is answered.',
    away: 'Redis does not answer. Leads are stored in Postgres directly; what waited in Redis waits there.',
    workers: 'Workers',
    noWorkers: 'No worker was heard of in the last minute: leads wait until one runs.',
    idle: 'idle',
    quarantined: 'Could not be stored',
    quarantinedAbout: 'Kept whole, with the reason. Once that is mended, they are stored again as new leads.',
    none: 'None.',
    latestOf: (shown, all) => `The latest ${shown} of ${all}.`,
    reason: 'Reason',
    came: 'Came',
    when: 'Set aside',
    replay: 'Store again',
    replayAll: 'Store all again',
    failed: 'Batches that were given up',
    failedAbout: 'By an older version, or by hand. “Store all again” puts them into the queue.',
    asked: 'Asked. A worker does it within seconds; what comes of it stands below.',
    running: 'waits for a worker',
    replays: 'What came of it',
    who: 'Who',
    what: 'What',
    one: 'one lead',
    all: 'all',
    outcome: 'Outcome',
    stored: (count) => `${count} stored`,
    queued: (count) => `${count} batches in the queue again`,
    stay: (count, reason) => `${count} stay: ${reason}`,
  },
  fa: {
    title: 'صف',
    about: 'آنچه به بازدیدکننده گفته شده دریافت شد و هنوز در جدول نیست.',
    leads: 'سرنخ‌های منتظر',
    batches: (count) => `در ${count} دسته`,
    oldest: 'انتظار قدیمی‌ترین',
    nothingWaits: 'چیزی منتظر نیست',
    withoutRedis: 'بدون Redis: هر سرنخ پیش از پاسخ به بازدیدکننده ثبت می‌شود.',
    away: 'Redis پاسخ نمی‌دهد. سرنخ‌ها مستقیم در Postgres ثبت می‌شوند؛ آنچه در Redis منتظر بود همان‌جا می‌ماند.',
    workers: 'کارگرها',
    noWorkers: 'در یک دقیقه گذشته خبری از هیچ کارگری نیست: سرنخ‌ها تا کار یکی از آن‌ها منتظر می‌مانند.',
    idle: 'بیکار',
    quarantined: 'ثبت‌نشدنی‌ها',
    quarantinedAbout: 'کامل نگه داشته شده‌اند، با دلیل. پس از رفع آن، دوباره به‌عنوان سرنخ تازه ثبت می‌شوند.',
    none: 'هیچ.',
    latestOf: (shown, all) => `${shown} مورد آخر از ${all}.`,
    reason: 'دلیل',
    came: 'زمان ورود',
    when: 'کنار گذاشته شد',
    replay: 'ثبت دوباره',
    replayAll: 'ثبت دوباره همه',
    failed: 'دسته‌های رهاشده',
    failedAbout: 'از نسخه‌ای پیشین یا دستی. «ثبت دوباره همه» آن‌ها را به صف برمی‌گرداند.',
    asked: 'درخواست شد. کارگری تا چند ثانیه دیگر انجامش می‌دهد؛ نتیجه در پایین می‌آید.',
    running: 'منتظر کارگر',
    replays: 'نتیجه‌ها',
    who: 'چه کسی',
    what: 'چه چیزی',
    one: 'یک سرنخ',
    all: 'همه',
    outcome: 'نتیجه',
    stored: (count) => `${count} ثبت شد`,
    queued: (count) => `${count} دسته دوباره در صف`,
    stay: (count, reason) => `${count} ماند: ${reason}`,
  },
}
