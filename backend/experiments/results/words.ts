import type { Device } from '../../words/device.ts'
import { dueMin } from './decide.ts'
import type { Cause } from './sample-ratio.ts'
import type { Found, Verdict } from './verdict.ts'

export const verdictLanguages = ['en', 'fa'] as const
export type VerdictLanguage = (typeof verdictLanguages)[number]

/** The verdict in words, for operators: here and nowhere else, so that the API and the desk say the same. */
export function verdictIn(language: VerdictLanguage, verdict: Verdict): string {
  return { en: english, fa: persian }[language](verdict)
}

function formatsOf(language: VerdictLanguage) {
  const number = new Intl.NumberFormat(language)
  const share = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 2 })
  const date = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    ...{ dateStyle: 'long', timeZone: 'UTC' },
  })
  return {
    number: (figure: number) => number.format(Math.round(figure)),
    share: (figure: number) => share.format(figure),
    day: (day: string) => date.format(new Date(day)),
  }
}

// A name is written from left to right, whatever stands around it.
const name = (variant: string) => `“\u2066${variant}\u2069”`

function english(verdict: Verdict): string {
  const { number, share, day } = formatsOf('en')
  const days = (count: number) => (count === 1 ? '1 more day' : `${number(count)} more days`)
  const footing = ({ by }: Found) =>
    by === 'any_time'
      ? 'This holds however often you look.'
      : 'The planned number of visitors has been reached.'
  const rates = (
    variant: string,
    control: string,
    { rates: { other, control: ofControl }, day: at }: Found,
  ) =>
    `by ${day(at)}, ${share(other)} of the visitors of ${name(variant)} converted and ${share(ofControl)} of those of ${name(control)}`
  switch (verdict.code) {
    case 'nothing_to_compare':
      return 'Only one variant has visitors, so there is nothing to compare. Give a weight to another.'
    case 'sample_ratio_fault': {
      const { due, cause } = verdict.sampleRatio
      const counts = due.map(
        (each) => `${name(each.variant)} ${number(each.exposed)} where ${number(each.due)} were due`,
      )
      return `Do not trust these figures: visitors are not dealt by the weights (${counts.join(', ')}). ${cause ? englishCause(cause, day) : ''}`
    }
    case 'too_little_data':
      return `Too little data to say anything: each variant must be due ${dueMin} conversions first, on days that are over.`
    case 'open':
      return `Still open: nothing is certain yet. ${
        verdict.daysLeft === null
          ? 'How long it takes cannot be told while nobody comes.'
          : `About ${days(Math.max(1, verdict.daysLeft))} until the planned number of visitors.`
      }`
    case 'win':
      return `${name(verdict.variant)} is better than ${name(verdict.control)}: ${rates(verdict.variant, verdict.control, verdict.found)}. ${footing(verdict.found)}`
    case 'loss':
      return verdict.others > 1
        ? `Keep ${name(verdict.control)}: all other variants are worse. The last to be found so was ${name(verdict.variant)}: ${rates(verdict.variant, verdict.control, verdict.found)}.`
        : `${name(verdict.variant)} is worse than ${name(verdict.control)}, so keep ${name(verdict.control)}: ${rates(verdict.variant, verdict.control, verdict.found)}. ${footing(verdict.found)}`
    case 'no_difference':
      return `No variant was found better than ${name(verdict.control)} when the planned number of visitors was reached on ${day(verdict.day)}. One that is ${share(verdict.effect)} better would probably have shown.`
  }
}

const englishDevices: Readonly<Record<Device, string>> = {
  ...{ phone: 'phones', tablet: 'tablets', computer: 'computers', other: 'other devices' },
}
const persianDevices: Readonly<Record<Device, string>> = {
  ...{ phone: 'تلفن همراه', tablet: 'تبلت', computer: 'رایانه', other: 'دستگاه‌های دیگر' },
}

function englishCause(cause: Cause, day: (day: string) => string): string {
  const list = new Intl.ListFormat('en')
  const each = 'days' in cause ? cause.days.map(day) : []
  const devices = 'devices' in cause ? list.format(cause.devices.map((device) => englishDevices[device])) : ''
  const on = devices === '' ? '' : `, on ${devices}`
  switch (cause.kind) {
    case 'robots':
      return 'With the robots that were left out they would be: look at whose visits are taken for robots’, and why they see one variant more often.'
    case 'since':
      return `It has been so since ${each[0]}${on}: look at what was changed then.`
    case 'days':
      return `It comes from ${list.format(each)}${on}: look at what was different.`
    case 'devices':
      return `It comes from ${devices}: look at what the page does there in a single variant.`
    case 'always':
      return 'It is spread over all days and devices: look at redirects, caches and errors of a single variant.'
  }
}

function persian(verdict: Verdict): string {
  const { number, share, day } = formatsOf('fa')
  const footing = ({ by }: Found) =>
    by === 'any_time'
      ? 'این نتیجه هر چند بار که نگاه کنید پابرجاست.'
      : 'تعداد بازدیدکنندگان برنامه‌ریزی‌شده کامل شده است.'
  const rates = (
    variant: string,
    control: string,
    { rates: { other, control: ofControl }, day: at }: Found,
  ) =>
    `تا پایان ${day(at)}، ${share(other)} از بازدیدکنندگان ${name(variant)} و ${share(ofControl)} از بازدیدکنندگان ${name(control)} فرم را فرستادند`
  switch (verdict.code) {
    case 'nothing_to_compare':
      return 'فقط یک نسخه بازدیدکننده دارد و چیزی برای مقایسه نیست. به نسخه‌ای دیگر هم وزن بدهید.'
    case 'sample_ratio_fault': {
      const { due, cause } = verdict.sampleRatio
      const counts = due.map(
        (each) => `${name(each.variant)} ${number(each.exposed)} به‌جای ${number(each.due)}`,
      )
      return `به این ارقام اعتماد نکنید: بازدیدکنندگان طبق وزن‌ها تقسیم نشده‌اند (${counts.join('، ')}). ${cause ? persianCause(cause, day) : ''}`
    }
    case 'too_little_data':
      return `داده برای نتیجه‌گیری کم است: ابتدا باید در روزهای پایان‌یافته برای هر نسخه ${number(dueMin)} تبدیل قابل انتظار باشد.`
    case 'open':
      return `هنوز مشخص نیست: فعلاً هیچ نتیجه‌ای قطعی نیست. ${
        verdict.daysLeft === null
          ? 'تا وقتی کسی نمی‌آید نمی‌توان گفت چقدر طول می‌کشد.'
          : `حدود ${number(Math.max(1, verdict.daysLeft))} روز دیگر تا تعداد بازدیدکنندگان برنامه‌ریزی‌شده.`
      }`
    case 'win':
      return `${name(verdict.variant)} بهتر از ${name(verdict.control)} است: ${rates(verdict.variant, verdict.control, verdict.found)}. ${footing(verdict.found)}`
    case 'loss':
      return verdict.others > 1
        ? `${name(verdict.control)} را نگه دارید: همهٔ نسخه‌های دیگر بدترند. آخرین آن‌ها ${name(verdict.variant)} بود: ${rates(verdict.variant, verdict.control, verdict.found)}.`
        : `${name(verdict.variant)} بدتر از ${name(verdict.control)} است، پس ${name(verdict.control)} را نگه دارید: ${rates(verdict.variant, verdict.control, verdict.found)}. ${footing(verdict.found)}`
    case 'no_difference':
      return `وقتی در ${day(verdict.day)} تعداد بازدیدکنندگان برنامه‌ریزی‌شده کامل شد، هیچ نسخه‌ای بهتر از ${name(verdict.control)} نبود. نسخه‌ای که ${share(verdict.effect)} بهتر باشد به احتمال زیاد دیده می‌شد.`
  }
}

function persianCause(cause: Cause, day: (day: string) => string): string {
  const list = new Intl.ListFormat('fa')
  const each = 'days' in cause ? cause.days.map(day) : []
  const devices = 'devices' in cause ? list.format(cause.devices.map((device) => persianDevices[device])) : ''
  const on = devices === '' ? '' : ` روی ${devices}`
  switch (cause.kind) {
    case 'robots':
      return 'با ربات‌های کنارگذاشته‌شده تقسیم درست می‌شود: ببینید بازدید چه کسانی ربات شمرده می‌شود و چرا یک نسخه را بیشتر می‌بینند.'
    case 'since':
      return `از ${each[0]}${on} چنین است: ببینید آن روز چه چیزی تغییر کرد.`
    case 'days':
      return `از این روزها${on} می‌آید: ${list.format(each)}. ببینید چه چیزی متفاوت بود.`
    case 'devices':
      return `از ${devices} می‌آید: ببینید صفحه آنجا در یک نسخه چه می‌کند.`
    case 'always':
      return 'در همهٔ روزها و دستگاه‌ها پخش است: تغییر مسیرها، حافظه‌های نهان و خطاهای یک نسخه را بررسی کنید.'
  }
}
