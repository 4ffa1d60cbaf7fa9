import type { Language } from '../look.tsx'
import type { Dimension, OverTime } from '../sources.ts'

type SourcesWords = Readonly<
  Record<
    | ('title' | 'by' | 'touch' | 'range' | 'today' | 'custom' | 'from' | 'to' | 'none' | 'total' | 'chart')
    | ('visits' | 'leads' | 'conversion' | 'suspects' | 'duplicates' | 'corrected' | 'wait' | 'soon')
    | ('nothing' | 'other' | 'sortBy' | 'first' | 'last' | 'notYet' | 'overTime' | 'of' | 'time'),
    string
  > & {
    about(zone: string): string
    days(count: string): string
    counted(moment: string): string
    showLeads(value: string): string
    dimensions: Record<Dimension, string>
    /** What a part of the time is called, by the day it begins on. */
    steps: Readonly<Record<Exclude<OverTime['step'], 'hour'>, (day: string) => string>>
  }
>

export const sourcesWords: Readonly<Record<Language, SourcesWords>> = {
  en: {
    title: 'Sources',
    about: (zone) => `Where visits and leads come from, by days of ${zone}.`,
    by: 'Told apart by',
    touch: 'Which visit counts',
    last: 'Last touch',
    first: 'First touch',
    range: 'Time',
    today: 'Today',
    days: (count) => `${count} days`,
    custom: 'From … to',
    from: 'From',
    to: 'To',
    none: 'Nobody came in this time.',
    notYet: 'What came before is being counted; figures grow until then.',
    total: 'All',
    chart: 'Leads',
    visits: 'Visits',
    leads: 'Leads',
    conversion: 'Conversion',
    suspects: 'Suspect',
    duplicates: 'Twice',
    corrected: 'Corrected',
    wait: 'Until the call',
    soon: 'In 5 min',
    overTime: 'Over time',
    of: 'Of',
    time: 'Time',
    steps: { day: (day) => day, week: (day) => `week of ${day}`, four_weeks: (day) => `4 weeks from ${day}` },
    nothing: 'not told',
    other: 'all others',
    sortBy: 'Sort by',
    counted: (moment) => `Counted until ${moment}.`,
    showLeads: (value) => `Leads of ${value}`,
    dimensions: {
      ...{ source: 'Source', medium: 'Medium', campaign: 'Campaign' },
      ...{ landing: 'Landing address', device: 'Device', language: 'Language' },
    },
  },
  fa: {
    title: 'منابع',
    about: (zone) => `بازدیدها و سرنخ‌ها از کجا می‌آیند، به روزهای ${zone}.`,
    by: 'به تفکیک',
    touch: 'کدام بازدید شمرده شود',
    last: 'آخرین ورود',
    first: 'نخستین ورود',
    range: 'بازه',
    today: 'امروز',
    days: (count) => `${count} روز`,
    custom: 'از … تا',
    from: 'از',
    to: 'تا',
    none: 'در این بازه کسی نیامده است.',
    notYet: 'آنچه پیش‌تر آمده در حال شمارش است؛ تا آن زمان عددها بیشتر می‌شوند.',
    total: 'همه',
    chart: 'سرنخ‌ها',
    visits: 'بازدید',
    leads: 'سرنخ',
    conversion: 'نرخ تبدیل',
    suspects: 'مشکوک',
    duplicates: 'تکراری',
    corrected: 'اصلاح‌شده',
    wait: 'تا نخستین تماس',
    soon: 'تا ۵ دقیقه',
    overTime: 'در گذر زمان',
    of: 'برای',
    time: 'زمان',
    steps: { day: (day) => day, week: (day) => `هفتهٔ ${day}`, four_weeks: (day) => `۴ هفته از ${day}` },
    nothing: 'نامشخص',
    other: 'سایر',
    sortBy: 'مرتب‌سازی بر پایه',
    counted: (moment) => `شمارش تا ${moment}.`,
    showLeads: (value) => `سرنخ‌های ${value}`,
    dimensions: {
      ...{ source: 'منبع', medium: 'رسانه', campaign: 'کمپین' },
      ...{ landing: 'صفحهٔ ورود', device: 'دستگاه', language: 'زبان' },
    },
  },
}
