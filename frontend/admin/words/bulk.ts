import type { Language } from '../look.tsx'

type BulkWords = Readonly<
  Record<
    | ('choose' | 'chooseAll' | 'change' | 'give' | 'state' | 'toWhom' | 'nobody' | 'nothing' | 'undo')
    | ('begin' | 'title' | 'running' | 'undoing' | 'what' | 'about' | 'tooMany' | 'none'),
    string
  > & {
    chosen(count: string): string
    all(count: string): string
    of(count: string): string
    done(changed: string): string
    same(count: string): string
    left(count: string): string
    undone(count: string): string
    kept(count: string): string
    become(state: string): string
    before(count: string): string
  }
>

export const bulkWords: Readonly<Record<Language, BulkWords>> = {
  en: {
    choose: 'Choose this lead',
    chooseAll: 'Choose all that are shown',
    chosen: (count) => `${count} chosen`,
    all: (count) => `All ${count} that match`,
    change: 'Change them',
    nothing: 'Choose none',
    title: 'Change many leads',
    of: (count) => `${count} leads`,
    about: 'Those that match now; one that somebody changes meanwhile is left alone. It can be undone.',
    what: 'What',
    state: 'Their state',
    give: 'Who calls them',
    toWhom: 'Who',
    nobody: 'Nobody',
    begin: 'Change them',
    running: 'Being changed',
    undoing: 'Being undone',
    done: (changed) => `${changed} changed`,
    same: (count) => `${count} were so already`,
    left: (count) => `${count} left alone`,
    undone: (count) => `${count} have what they had`,
    kept: (count) => `${count} stay, changed since`,
    become: (state) => `to ${state}`,
    before: (count) => `Earlier changes of many (${count})`,
    undo: 'Undo',
    tooMany: 'More than 100,000 at once: narrow the view.',
    none: 'Nothing matches any more.',
  },
  fa: {
    choose: 'انتخاب این سرنخ',
    chooseAll: 'انتخاب همهٔ آنچه دیده می‌شود',
    chosen: (count) => `${count} انتخاب شده`,
    all: (count) => `همهٔ ${count} مورد این نما`,
    change: 'تغییرشان',
    nothing: 'هیچ‌کدام',
    title: 'تغییر چند سرنخ با هم',
    of: (count) => `${count} سرنخ`,
    about: 'آن‌هایی که اکنون در این نما هستند؛ آنچه کسی در این میان عوض کند دست نمی‌خورد. می‌توان برگرداند.',
    what: 'چه چیزی',
    state: 'وضعیتشان',
    give: 'چه کسی تماس بگیرد',
    toWhom: 'چه کسی',
    nobody: 'هیچ‌کس',
    begin: 'تغییر بده',
    running: 'در حال تغییر',
    undoing: 'در حال برگرداندن',
    done: (changed) => `${changed} مورد تغییر کرد`,
    same: (count) => `${count} مورد از پیش همین بود`,
    left: (count) => `${count} مورد دست نخورد`,
    undone: (count) => `${count} مورد به حال پیش برگشت`,
    kept: (count) => `${count} مورد پس از آن عوض شده و ماند`,
    become: (state) => `به ${state}`,
    before: (count) => `تغییرهای گروهی پیشین (${count})`,
    undo: 'برگرداندن',
    tooMany: 'بیش از ۱۰۰٬۰۰۰ مورد با هم: نما را محدودتر کنید.',
    none: 'دیگر چیزی در این نما نیست.',
  },
}
