import type { Language } from '../look.tsx'

type Said = readonly [found: RegExp, say: (...parts: readonly string[]) => string]

// What stands behind a colon is for whoever mends it, and in the words of the log.
const inPersian: readonly Said[] = [
  [/^(\d+) alive$/, (alive) => `${alive} فعال`],
  [/^(\d+) alive, (\d+) of them idle: (.*)$/, (alive, idle, why) => `${alive} فعال، ${idle} بی‌کار: ${why}`],
  [/^version (\d+)$/, (version) => `نسخهٔ ${version}`],
  [/^no endpoint$/, () => 'بدون مقصد'],
  [/^(\d+) endpoints, (\d+) deliveries wait$/, (all, wait) => `${all} مقصد، ${wait} ارسال در انتظار`],
  [/^no answer within (\d+) ms$/, (ms) => `تا ${ms} میلی‌ثانیه پاسخ نداد`],
  [/^not reachable$/, () => 'در دسترس نیست'],
  [/^(.+) does not answer$/, (name) => `${name} پاسخ نمی‌دهد`],
  [/^(.+) cannot be reached: (.*)$/, (name, why) => `${name} در دسترس نیست: ${why}`],
  [
    /^its media are served, and are those of others: (.*)$/,
    (why) => `رسانه‌های آن داده می‌شود و از آن دیگران است: ${why}`,
  ],
  [/^nothing is written: (.*)$/, (why) => `چیزی نوشته نمی‌شود: ${why}`],
  [/^leads go through Postgres: (.*)$/, (why) => `سرنخ‌ها از راه Postgres می‌روند: ${why}`],
  [
    /^Postgres has not answered yet: flags and experiments are at their defaults$/,
    () => 'Postgres هنوز پاسخ نداده است: پرچم‌ها و آزمایش‌ها مقدار پیش‌فرض دارند',
  ],
  [/^unknown while Postgres does not answer$/, () => 'تا Postgres پاسخ ندهد نامعلوم است'],
  [/^unknown: (.*)$/, (why) => `نامعلوم: ${why}`],
  [
    /^no worker has been heard of for a while; leads wait in the queue$/,
    () => 'مدتی است از هیچ کارگری خبری نیست؛ سرنخ‌ها در صف منتظرند',
  ],
  [
    /^no worker takes batches, and leads wait in the queue: (.*)$/,
    (why) => `هیچ کارگری کار نمی‌گیرد و سرنخ‌ها در صف منتظرند: ${why}`,
  ],
  [
    /^nothing is sent: Postgres was put back, and what waits may have been sent before: (.*)$/,
    (command) =>
      `چیزی فرستاده نمی‌شود: Postgres به عقب برگردانده شده و شاید آنچه منتظر است پیش‌تر فرستاده شده باشد: ${command}`,
  ],
  [
    /^(\d+) endpoints and (\d+) deliveries are parked: (.*)$/,
    (endpoints, deliveries, command) => `${endpoints} مقصد و ${deliveries} ارسال کنار گذاشته شده: ${command}`,
  ],
  [
    /^(\d+) deliveries wait, the oldest for (\d+) s: (.*)$/,
    (wait, seconds, command) => `${wait} ارسال منتظر، قدیمی‌ترین ${seconds} ثانیه: ${command}`,
  ],
]

const figures = new Intl.NumberFormat('fa', { useGrouping: false })

/** What a part of the system says of itself; in its own words where nobody has any others. */
export function healthSaid(language: Language, detail: string): string {
  if (language === 'en') return detail
  for (const [found, say] of inPersian) {
    const parts = found.exec(detail)?.slice(1)
    if (parts) return say(...parts.map((part) => (/^\d+$/.test(part) ? figures.format(Number(part)) : part)))
  }
  return detail
}
