import type { Language } from '../look.tsx'

type ViewWords = Readonly<
  Record<
    | ('views' | 'all' | 'save' | 'name' | 'share' | 'shared' | 'edit' | 'about' | 'remove' | 'saveIt')
    | ('useThis' | 'taken' | 'tooMany'),
    string
  >
>

export const viewWords: Readonly<Record<Language, ViewWords>> = {
  en: {
    views: 'Views',
    all: 'All',
    save: 'Save this view',
    name: 'Name of the view',
    share: 'Everybody who sees the leads has it, too',
    shared: 'shared with all',
    edit: 'Change this view',
    about: 'Time and owner are kept as words: “last 7 days” and “mine” go with who looks, and when.',
    remove: 'Remove',
    saveIt: 'Save',
    useThis: 'Show from now on what is chosen now',
    taken: 'You have a view of this name.',
    tooMany: 'You have 50 views: remove one first.',
  },
  fa: {
    views: 'نماها',
    all: 'همه',
    save: 'نگه داشتن این نما',
    name: 'نام نما',
    share: 'همهٔ کسانی که سرنخ‌ها را می‌بینند آن را داشته باشند',
    shared: 'برای همه',
    edit: 'تغییر این نما',
    about: 'زمان و مسئول به واژه نگه داشته می‌شوند: «۷ روز گذشته» و «مال من» با بیننده و زمان عوض می‌شوند.',
    remove: 'حذف',
    saveIt: 'ذخیره',
    useThis: 'از این پس همانی را نشان دهد که اکنون انتخاب شده است',
    taken: 'نمایی با این نام دارید.',
    tooMany: '۵۰ نما دارید: نخست یکی را حذف کنید.',
  },
}
