import type { TargetField, TargetKind } from '../deliveries.ts'
import type { Language } from '../look.tsx'

type OwnField = Exclude<TargetField, 'url'>
type TargetWords = Readonly<{
  kind: string
  kinds: Readonly<Record<TargetKind, string>>
  abouts: Readonly<Record<TargetKind, string>>
  urls: Readonly<Partial<Record<TargetKind, string>>>
  fields: Readonly<Record<OwnField, string>>
  hints: Readonly<Partial<Record<OwnField, string>>>
}>

const webhookUrl = 'https://crm.example.com/leads'
const bucketUrl = 'https://s3.eu-central-1.amazonaws.com/BUCKET/leads'
const mailUrl = 'smtps://USER:PASSWORD@mail.example.com'

export const targetWords: Readonly<Record<Language, TargetWords>> = {
  en: {
    kind: 'Kind',
    kinds: {
      webhook: 'Webhook',
      slack: 'Slack, Mattermost',
      discord: 'Discord',
      teams: 'Microsoft Teams',
      telegram: 'Telegram',
      'google-sheets': 'Google Sheets',
      email: 'E-mail',
      'csv-drop': 'CSV files in a bucket',
      'ndjson-drop': 'NDJSON files in a bucket',
    },
    abouts: {
      webhook: 'A CRM, a call centre or a program of yours, by Standard Webhooks.',
      slack: 'A message a lead, in one channel.',
      discord: 'A message a lead, in one channel.',
      teams: 'A message a lead, in one channel, by a workflow.',
      telegram: 'A message a lead, by a bot of yours in one chat.',
      'google-sheets': 'A row a lead. The secret that is shown then goes into the script of the sheet.',
      email: 'The first lead at once, then what came, by your own mail server.',
      'csv-drop': 'A file an hour of what came, for spreadsheets.',
      'ndjson-drop': 'A file an hour of what came, for programs.',
    },
    urls: {
      webhook: `Such as ${webhookUrl}`,
      slack: 'The Webhook URL that Slack shows, https://hooks.slack.com/services/…',
      discord: 'The Webhook URL of the channel, https://discord.com/api/webhooks/…',
      teams: 'The address that the workflow shows.',
      'google-sheets': 'Of the web app of the script, https://script.google.com/macros/s/…/exec',
      email: `Of the mail server: ${mailUrl}`,
      'csv-drop': `Such as ${bucketUrl}`,
      'ndjson-drop': `Such as ${bucketUrl}`,
    },
    fields: {
      token: 'Token of the bot',
      chat: 'Chat',
      to: 'To',
      from: 'From',
      every: 'Seconds between two',
      keyid: 'Access key',
      keysecret: 'Its secret',
      region: 'Region',
    },
    hints: {
      token: 'As @BotFather says it.',
      chat: 'Its id, such as -1001234567890, or @name of a channel.',
      to: 'Up to ten, with commas between them.',
      from: 'An address from which your mail server lets you send.',
      every: 'Empty: 60 for mails, 3,600 for files.',
      region: 'Empty: us-east-1.',
    },
  },
  fa: {
    kind: 'نوع',
    kinds: {
      webhook: 'وب‌هوک',
      slack: 'اسلک و مترموست',
      discord: 'دیسکورد',
      teams: 'مایکروسافت تیمز',
      telegram: 'تلگرام',
      'google-sheets': 'گوگل شیتس',
      email: 'ایمیل',
      'csv-drop': 'فایل‌های CSV در فضای ابری',
      'ndjson-drop': 'فایل‌های NDJSON در فضای ابری',
    },
    abouts: {
      webhook: 'CRM، مرکز تماس یا برنامهٔ خودتان، با Standard Webhooks.',
      slack: 'هر سرنخ یک پیام، در یک کانال.',
      discord: 'هر سرنخ یک پیام، در یک کانال.',
      teams: 'هر سرنخ یک پیام، در یک کانال، با یک workflow.',
      telegram: 'هر سرنخ یک پیام، با ربات خودتان در یک گفت‌وگو.',
      'google-sheets': 'هر سرنخ یک سطر. رمزی که سپس نشان داده می‌شود در اسکریپت شیت می‌رود.',
      email: 'نخستین سرنخ بی‌درنگ، سپس هر چه آمد، با سرور ایمیل خودتان.',
      'csv-drop': 'هر ساعت یک فایل از آنچه آمد، برای صفحه‌گسترده.',
      'ndjson-drop': 'هر ساعت یک فایل از آنچه آمد، برای برنامه‌ها.',
    },
    urls: {
      webhook: `مانند ${webhookUrl}`,
      slack: 'نشانی Webhook که اسلک نشان می‌دهد، https://hooks.slack.com/services/…',
      discord: 'نشانی Webhook کانال، https://discord.com/api/webhooks/…',
      teams: 'نشانی‌ای که workflow نشان می‌دهد.',
      'google-sheets': 'نشانی web app اسکریپت، https://script.google.com/macros/s/…/exec',
      email: `نشانی سرور ایمیل: ${mailUrl}`,
      'csv-drop': `مانند ${bucketUrl}`,
      'ndjson-drop': `مانند ${bucketUrl}`,
    },
    fields: {
      token: 'توکن ربات',
      chat: 'گفت‌وگو',
      to: 'به',
      from: 'از',
      every: 'فاصله به ثانیه',
      keyid: 'کلید دسترسی',
      keysecret: 'رمز آن',
      region: 'منطقه',
    },
    hints: {
      token: 'همان که @BotFather می‌گوید.',
      chat: 'شناسهٔ آن، مانند ‎-1001234567890، یا ‎@name کانال.',
      to: 'تا ده نشانی، با ویرگول میانشان.',
      from: 'نشانی‌ای که سرور شما اجازهٔ فرستادن از آن را می‌دهد.',
      every: 'خالی: ۶۰ برای ایمیل، ۳۶۰۰ برای فایل.',
      region: 'خالی: us-east-1.',
    },
  },
}
