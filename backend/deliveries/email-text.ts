import { escapeMarkup, number, reportLines, shown, tame } from './chat.ts'
import type { DailyReport } from './lead.ts'
import type { Message } from './message.ts'

const words = {
  en: {
    newLead: (phone: string) => `New lead${phone && `: ${phone}`}`,
    newLeads: (count: number) => `${count} new leads`,
    changes: (count: number) => `${count} leads changed`,
    test: 'A test of Landfast',
    trouble: 'Leads do not get through',
    well: 'Leads get through again',
    day: (date: string, leads: number) => `${date}: ${leads} leads`,
    suspect: 'looks like a robot’s',
    instead: (id: string) => `its number was wrong: ring the lead ${id} instead`,
    now: (state: string) => `is ${state} now`,
    erased: 'is to be forgotten: delete the mails that tell of it',
    ...{ phone: 'Phone', time: 'Time', campaign: 'Campaign', source: 'Source', variant: 'Variant' },
    ...{ language: 'Language', state: 'State', lead: 'Lead' },
  },
  fa: {
    newLead: (phone: string) => `سرنخ تازه${phone && `: ${phone}`}`,
    newLeads: (count: number) => `${persian(count)} سرنخ تازه`,
    changes: (count: number) => `تغییر ${persian(count)} سرنخ`,
    test: 'آزمایش لندفست',
    trouble: 'سرنخ‌ها نمی‌رسند',
    well: 'سرنخ‌ها دوباره می‌رسند',
    day: (date: string, leads: number) => `${date}: ${persian(leads)} سرنخ`,
    suspect: 'شاید ربات باشد',
    instead: (id: string) => `شماره اشتباه بود: به جای آن با سرنخ ${id} تماس بگیرید`,
    now: (state: string) => `اکنون ${state} است`,
    erased: 'باید فراموش شود: نامه‌هایی را که از آن می‌گویند پاک کنید',
    ...{ phone: 'تلفن', time: 'زمان', campaign: 'کارزار', source: 'منبع', variant: 'گونه' },
    ...{ language: 'زبان', state: 'وضعیت', lead: 'سرنخ' },
  },
} as const

export type MailWords = keyof typeof words
type Words = (typeof words)[MailWords]

/** A cell of the table; `text` came from a visitor or is ours, and is never taken for anything else. */
type Cell = Readonly<{ text: string; href?: string; isNumber?: true }>
type Row = Readonly<Record<string, Cell>>

/** A mail that tells of these: subject, text, and the same as a page. */
export function emailText(
  messages: readonly Message[],
  { thin, words: language }: Readonly<{ thin: boolean; words: MailWords }>,
): Readonly<{ subject: string; text: string; html: string }> {
  const say = words[language]
  const leads = messages.filter(isLead)
  const rows = leads.map((message) => rowOf(message, thin, say))
  const others = messages.filter((message) => !isLead(message)).map((message) => changeOf(message, say))
  const subject = subjectOf(messages, leads, thin, say)
  return { subject, text: plainText(rows, others), html: page(subject, rows, others, language) }
}

const isLead = ({ type }: Message) => type === 'lead.stored' || type === 'lead.released'

function subjectOf(all: readonly Message[], leads: readonly Message[], thin: boolean, say: Words): string {
  if (leads.length > 1) return say.newLeads(leads.length)
  const [{ type, data }] = all as [Message]
  if (type === 'delivery.test') return say.test
  if (type === 'operator.notice') return data.trouble === null ? say.well : say.trouble
  if (leads.length === 0 && type === 'report.daily') return say.day(String(data.date), Number(data.leads))
  if (leads.length === 0) return say.changes(all.length)
  const { phone } = leads[0]!.data as { phone: { national: string } }
  return say.newLead(thin ? '' : phone.national)
}

function rowOf({ data, thin: thinData, localTime }: Message, thin: boolean, say: Words): Row {
  const lead = data as {
    id: string
    state: string
    phone: { kept: string; national: string; tel: string }
    last_touch: Readonly<Record<string, string>>
    variant: string | null
    language: string | null
  }
  const state = { text: lead.state === 'suspect' ? say.suspect : '' }
  const time = { text: localTime }
  const id: Cell = { text: lead.id, isNumber: true }
  if (thin)
    return { [say.time]: time, [say.state]: state, [say.lead]: { ...id, href: String(thinData.status_url) } }
  const { phone, last_touch: touch } = lead
  const both = phone.national === phone.kept ? phone.kept : `${phone.national} (${phone.kept})`
  return {
    [say.phone]: { text: both, href: phone.tel, isNumber: true },
    [say.time]: time,
    [say.campaign]: { text: touch.utm_campaign ?? '' },
    [say.source]: { text: touch.utm_source ?? '' },
    [say.variant]: { text: lead.variant ?? '' },
    [say.language]: { text: lead.language ?? '' },
    [say.state]: state,
    [say.lead]: id,
  }
}

function changeOf({ type, data }: Message, say: Words): string {
  if (type === 'delivery.test' || type === 'operator.notice') return String(data.says)
  if (type === 'report.daily') return reportLines(data as DailyReport).join('\n')
  if (type === 'lead.erased') return `${say.lead} ${number(String(data.id))} ${say.erased}`
  const {
    id,
    state,
    corrected_by: other,
  } = data as { id: string; state: string; corrected_by: string | null }
  return `${say.lead} ${number(id)} ${other ? say.instead(number(other)) : say.now(shown(state))}`
}

function plainText(rows: readonly Row[], others: readonly string[]): string {
  const leads = rows.map((row) =>
    Object.entries(row)
      .filter(([, { text }]) => text !== '')
      .map(([name, { text, isNumber }]) => `${name}: ${isNumber ? number(text) : shown(text)}`)
      .join('\n'),
  )
  return `${[...leads, ...others].join('\n\n')}\n`
}

function page(subject: string, rows: readonly Row[], others: readonly string[], language: MailWords): string {
  const names = Object.keys(rows[0] ?? {}).filter((name) => rows.some((row) => row[name]!.text !== ''))
  const side = language === 'fa' ? 'right' : 'left'
  const cell = `style="padding:4px 8px;border-bottom:1px solid #ddd;text-align:${side}"`
  const table =
    rows.length === 0
      ? ''
      : `<table style="border-collapse:collapse"><tr>${names.map((name) => `<th ${cell}>${escapeMarkup(name)}</th>`).join('')}</tr>${rows
          .map(
            (row) => `<tr>${names.map((name) => `<td ${cell}>${cellHtml(row[name]!)}</td>`).join('')}</tr>`,
          )
          .join('')}</table>`
  const lines = others.map((line) => `<p style="white-space:pre-line">${escapeMarkup(line)}</p>`).join('')
  return `<!doctype html><html lang="${language}" dir="${language === 'fa' ? 'rtl' : 'ltr'}"><head><meta charset="utf-8"><title>${escapeMarkup(subject)}</title></head><body style="font-family:sans-serif">${table}${lines}</body></html>`
}

function cellHtml({ text, href, isNumber }: Cell): string {
  const inner = `<bdi dir="${isNumber ? 'ltr' : 'auto'}">${escapeMarkup(tame(text))}</bdi>`
  return href ? `<a href="${escapeMarkup(href)}">${inner}</a>` : inner
}

const persian = (count: number) => new Intl.NumberFormat('fa-IR', { useGrouping: false }).format(count)
