import type { VerdictCode } from '../experiments.ts'
import type { Language } from '../look.tsx'

type ExperimentWords = Readonly<
  Record<
    | ('title' | 'about' | 'none' | 'make' | 'makeAbout' | 'makeButton' | 'key' | 'keyHint' | 'variants')
    | ('variantsHint' | 'back' | 'running' | 'stopped' | 'onPage' | 'elsewhere' | 'start' | 'stop')
    | (
        | 'stopButton'
        | 'weights'
        | 'weightsAbout'
        | 'weightsButton'
        | 'winner'
        | 'winnerAbout'
        | 'winnerButton'
      )
    | (
        | 'gone'
        | 'live'
        | 'notLive'
        | 'verdict'
        | 'variant'
        | 'weight'
        | 'control'
        | 'visitors'
        | 'conversions'
      )
    | (
        | 'rate'
        | 'interval'
        | 'lift'
        | 'chance'
        | 'loss'
        | 'chart'
        | 'overTime'
        | 'day'
        | 'horizon'
        | 'horizonAbout'
        | 'effect'
      )
    | ('days' | 'unknown' | 'ratio' | 'excluded' | 'robots' | 'neverCounted' | 'preview' | 'nobody'),
    string
  > & {
    verdicts: Record<VerdictCode, string>
    ratios: Record<'too_few' | 'as_dealt' | 'fault', string>
    weightOf(variant: string): string
    dealt(share: string): string
    stopAbout(control: string): string
    since(day: string, days: string): string
    p(value: string): string
    ofShown(rate: string, visitors: string): string
    due(exposed: string, due: string): string
    daysFor(count: string): string
  }
>

export const experimentWords: Readonly<Record<Language, ExperimentWords>> = {
  en: {
    title: 'Experiments',
    about: 'What visitors are shown by chance, and what came of it.',
    none: 'The page draws no experiment. Give it a second variant, or make one for another client.',
    make: 'New experiment',
    makeAbout: 'For an app or another site that asks us. Those of the page are here by themselves.',
    makeButton: 'Make it',
    key: 'Name',
    keyHint: 'Small letters and digits, such as price.',
    variants: 'Variants',
    variantsHint: 'With commas between; the first is what others are compared with.',
    back: 'All experiments',
    running: 'running',
    stopped: 'stopped',
    onPage: 'on the page',
    elsewhere: 'other clients',
    start: 'Start',
    stop: 'Stop',
    stopAbout: (control) => `Everybody gets ${control} from now on. What was counted stays.`,
    stopButton: 'Stop it',
    weights: 'Weights',
    weightsAbout:
      'New visitors are dealt by these; results begin anew. Whoever was given a variant keeps it.',
    weightsButton: 'Deal so',
    weightOf: (variant) => `Weight of ${variant}`,
    dealt: (share) => `${share} of new visitors`,
    winner: 'Declare a winner',
    winnerAbout:
      'All new visitors get it from now on. Note the results first: they begin anew. Whoever was given another variant keeps it.',
    winnerButton: 'This one for all',
    gone: 'There is no experiment of this name.',
    live: 'In force everywhere.',
    notLive: 'Stored. Some process has not said yet that it has it; look again in a moment.',
    verdict: 'Verdict',
    verdicts: {
      nothing_to_compare: 'Nothing to compare',
      sample_ratio_fault: 'Not to be trusted',
      too_little_data: 'Too little data',
      open: 'Still open',
      win: 'A winner',
      loss: 'Keep the control',
      no_difference: 'No difference',
    },
    variant: 'Variant',
    weight: 'Weight',
    control: 'control',
    visitors: 'Visitors',
    conversions: 'Leads',
    rate: 'Conversion',
    interval: '95% interval',
    lift: 'Against control',
    chance: 'Chance to be best',
    loss: 'Expected loss',
    chart: 'Conversion with its 95% interval',
    overTime: 'Conversion up to each day',
    day: 'Day (UTC)',
    ofShown: (rate, visitors) => `${rate} of ${visitors}`,
    since: (day, days) => `Counted since ${day}, ${days} whole days (UTC).`,
    horizon: 'How long it takes',
    horizonAbout: 'Days in all until a change of this size would be found, at the visits of the last week.',
    effect: 'To find a change of',
    days: 'Days',
    daysFor: (count) => `${count} days`,
    unknown: 'cannot be told yet',
    ratio: 'Are visitors dealt by the weights?',
    ratios: {
      as_dealt: 'Yes.',
      too_few: 'Too few visitors to tell.',
      fault: 'No: do not trust these figures until it is known why.',
    },
    p: (value) => `Chance of a split at least as uneven: ${value}.`,
    due: (exposed, due) => `${exposed} came, ${due} were due`,
    excluded: 'What is not counted',
    robots: 'Visits of robots, left out',
    neverCounted: 'Duplicates and suspect leads convert nobody; previews show nobody anything.',
    preview: 'Preview',
    nobody: 'Nobody has been shown it yet.',
  },
  fa: {
    title: 'آزمایش‌ها',
    about: 'آنچه به قید قرعه به بازدیدکنندگان نشان داده می‌شود، و حاصل آن.',
    none: 'صفحه آزمایشی ندارد. نسخهٔ دومی برایش بسازید، یا آزمایشی برای برنامه‌ای دیگر.',
    make: 'آزمایش تازه',
    makeAbout: 'برای برنامه یا سایتی دیگر که از ما می‌پرسد. آزمایش‌های صفحه خودشان این‌جا هستند.',
    makeButton: 'ساختن',
    key: 'نام',
    keyHint: 'حروف کوچک انگلیسی و رقم، مانند price.',
    variants: 'نسخه‌ها',
    variantsHint: 'با ویرگول انگلیسی از هم جدا؛ بقیه با اولی مقایسه می‌شوند.',
    back: 'همهٔ آزمایش‌ها',
    running: 'در جریان',
    stopped: 'متوقف',
    onPage: 'در صفحه',
    elsewhere: 'برنامه‌های دیگر',
    start: 'شروع',
    stop: 'توقف',
    stopAbout: (control) => `از این پس همه ${control} را می‌بینند. آنچه شمرده شده می‌ماند.`,
    stopButton: 'متوقف شود',
    weights: 'وزن‌ها',
    weightsAbout:
      'بازدیدکنندگان تازه با این وزن‌ها تقسیم می‌شوند و نتیجه‌ها از نو آغاز می‌شود. هر که نسخه‌ای گرفته، همان را نگه می‌دارد.',
    weightsButton: 'این‌طور تقسیم شود',
    weightOf: (variant) => `وزن ${variant}`,
    dealt: (share) => `${share} از بازدیدکنندگان تازه`,
    winner: 'اعلام برنده',
    winnerAbout:
      'از این پس همهٔ بازدیدکنندگان تازه همین را می‌بینند. اول نتیجه‌ها را یادداشت کنید: از نو آغاز می‌شوند. هر که نسخهٔ دیگری گرفته، همان را نگه می‌دارد.',
    winnerButton: 'همین برای همه',
    gone: 'آزمایشی با این نام نیست.',
    live: 'همه‌جا اجرا شد.',
    notLive: 'ذخیره شد. یکی از پردازه‌ها هنوز دریافتش را خبر نداده؛ کمی بعد دوباره نگاه کنید.',
    verdict: 'نتیجه‌گیری',
    verdicts: {
      nothing_to_compare: 'چیزی برای مقایسه نیست',
      sample_ratio_fault: 'قابل اعتماد نیست',
      too_little_data: 'داده کم است',
      open: 'هنوز معلوم نیست',
      win: 'برنده دارد',
      loss: 'نسخهٔ شاهد بماند',
      no_difference: 'بی‌تفاوت',
    },
    variant: 'نسخه',
    weight: 'وزن',
    control: 'شاهد',
    visitors: 'بازدیدکننده',
    conversions: 'سرنخ',
    rate: 'نرخ تبدیل',
    interval: 'بازهٔ ۹۵٪',
    lift: 'نسبت به شاهد',
    chance: 'احتمال بهترین بودن',
    loss: 'زیان مورد انتظار',
    chart: 'نرخ تبدیل با بازهٔ ۹۵٪',
    overTime: 'نرخ تبدیل تا پایان هر روز',
    day: 'روز (UTC)',
    ofShown: (rate, visitors) => `${rate} از ${visitors}`,
    since: (day, days) => `شمارش از ${day}، ${days} روز کامل (UTC).`,
    horizon: 'چقدر طول می‌کشد',
    horizonAbout: 'همهٔ روزهای لازم تا تغییری به این اندازه پیدا شود، با بازدیدهای هفتهٔ گذشته.',
    effect: 'برای یافتن تغییر',
    days: 'روز',
    daysFor: (count) => `${count} روز`,
    unknown: 'هنوز نمی‌توان گفت',
    ratio: 'آیا بازدیدکنندگان طبق وزن‌ها تقسیم شده‌اند؟',
    ratios: {
      as_dealt: 'بله.',
      too_few: 'بازدیدکننده برای قضاوت کم است.',
      fault: 'نه: تا علتش روشن نشده به این ارقام اعتماد نکنید.',
    },
    p: (value) => `احتمال تقسیمی دست‌کم به همین ناهمواری: ${value}.`,
    due: (exposed, due) => `${exposed} آمده، ${due} انتظار می‌رفت`,
    excluded: 'آنچه شمرده نمی‌شود',
    robots: 'بازدید ربات‌ها، کنار گذاشته شده',
    neverCounted: 'سرنخ‌های تکراری و مشکوک تبدیل به شمار نمی‌آیند؛ پیش‌نمایش‌ها هم بازدید نیستند.',
    preview: 'پیش‌نمایش',
    nobody: 'هنوز به کسی نشان داده نشده است.',
  },
}
