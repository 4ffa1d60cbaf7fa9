import type { FlagKey } from '../flags.ts'
import type { Language } from '../look.tsx'

type FlagWords = Readonly<
  Record<
    | ('title' | 'about' | 'flag' | 'value' | 'who' | 'on' | 'off' | 'empty' | 'everybody' | 'change')
    | ('kill' | 'revive' | 'reset' | 'killed' | 'usual' | 'save' | 'rollout' | 'rolloutHint' | 'preview')
    | ('live' | 'notLive' | 'history' | 'never' | 'asUsual'),
    string
  > & {
    part(share: string): string
    killOf(flag: string): string
    changeOf(flag: string): string
    historyOf(flag: string): string
    names: Record<FlagKey, string>
    abouts: Record<FlagKey, string>
  }
>

export const flagWords: Readonly<Record<Language, FlagWords>> = {
  en: {
    title: 'Flags',
    about: 'Settings of the page that hold within seconds, for all visitors or a part of them.',
    flag: 'Flag',
    value: 'Value',
    who: 'For whom',
    on: 'On',
    off: 'Off',
    empty: 'empty',
    everybody: 'everybody',
    part: (share) => `${share} of visitors, the others as usual`,
    change: 'Change',
    changeOf: (flag) => `Change ${flag}`,
    kill: 'Kill',
    killOf: (flag) => `Kill ${flag}: the usual for everybody, at once`,
    revive: 'Bring back',
    reset: 'As usual',
    killed: 'killed: everybody gets the usual',
    usual: 'Usually',
    save: 'Save',
    rollout: 'Share of visitors that get it, in percent',
    rolloutHint: 'Whoever has it keeps it while the share grows.',
    preview: 'Preview',
    history: 'History',
    historyOf: (flag) => `History of ${flag}`,
    never: 'Nobody has changed it yet.',
    asUsual: 'as usual',
    live: 'In force everywhere.',
    notLive: 'Stored. Some process has not said yet that it has it; look again in a moment.',
    names: {
      consent_checkbox: 'Consent checkbox',
      proof_of_work: 'Proof of work',
      proof_of_work_difficulty: 'Difficulty of the proof',
      notice: 'Notice',
      film: 'Film',
      works_offline: 'Works offline',
      web_vitals_percent: 'Measured visits',
    },
    abouts: {
      consent_checkbox: 'The form asks for consent, and keeps which text was agreed to.',
      proof_of_work: 'A submission needs a solved challenge; for a site under attack.',
      proof_of_work_difficulty: 'Zero bits that a solution needs, 8 to 26; each one more doubles the work.',
      notice: 'A line at the top of the page, at most 500 characters; empty: none.',
      film: 'The page shows its film.',
      works_offline: 'The page opens without a network, and sends what was left in it once there is one.',
      web_vitals_percent: 'Share of visits whose loading is measured, 0 to 100.',
    },
  },
  fa: {
    title: 'پرچم‌ها',
    about: 'تنظیم‌هایی از صفحه که در چند ثانیه اجرا می‌شوند، برای همه یا بخشی از بازدیدکنندگان.',
    flag: 'پرچم',
    value: 'مقدار',
    who: 'برای چه کسی',
    on: 'روشن',
    off: 'خاموش',
    empty: 'خالی',
    everybody: 'همه',
    part: (share) => `${share} از بازدیدکنندگان، بقیه مثل همیشه`,
    change: 'تغییر',
    changeOf: (flag) => `تغییر ${flag}`,
    kill: 'قطع فوری',
    killOf: (flag) => `قطع فوری ${flag}: مقدار همیشگی برای همه`,
    revive: 'برگرداندن',
    reset: 'مثل همیشه',
    killed: 'قطع شده: همه مقدار همیشگی را دارند',
    usual: 'مقدار همیشگی',
    save: 'ذخیره',
    rollout: 'درصد بازدیدکنندگانی که آن را می‌گیرند',
    rolloutHint: 'تا وقتی این سهم بزرگ می‌شود، هر که دارد نگهش می‌دارد.',
    preview: 'پیش‌نمایش',
    history: 'تاریخچه',
    historyOf: (flag) => `تاریخچهٔ ${flag}`,
    never: 'هنوز کسی تغییرش نداده است.',
    asUsual: 'مثل همیشه',
    live: 'همه‌جا اجرا شد.',
    notLive: 'ذخیره شد. یکی از پردازه‌ها هنوز دریافتش را خبر نداده؛ کمی بعد دوباره نگاه کنید.',
    names: {
      consent_checkbox: 'خانهٔ رضایت',
      proof_of_work: 'اثبات کار',
      proof_of_work_difficulty: 'سختی اثبات',
      notice: 'اطلاعیه',
      film: 'فیلم',
      works_offline: 'کار بدون اینترنت',
      web_vitals_percent: 'بازدیدهای سنجیده',
    },
    abouts: {
      consent_checkbox: 'فرم رضایت می‌گیرد و نگه می‌دارد که با کدام متن موافقت شده است.',
      proof_of_work: 'هر ارسال به حل یک مسئله نیاز دارد؛ برای سایتی که زیر حمله است.',
      proof_of_work_difficulty: 'تعداد بیت‌های صفر لازم در پاسخ، ۸ تا ۲۶؛ هر یکی بیشتر کار را دو برابر می‌کند.',
      notice: 'یک خط بالای صفحه، حداکثر ۵۰۰ نویسه؛ خالی یعنی هیچ.',
      film: 'صفحه فیلمش را نشان می‌دهد.',
      works_offline: 'صفحه بدون شبکه باز می‌شود و آنچه در آن مانده، با وصل شدن شبکه فرستاده می‌شود.',
      web_vitals_percent: 'سهم بازدیدهایی که سرعتشان سنجیده می‌شود، ۰ تا ۱۰۰.',
    },
  },
}
