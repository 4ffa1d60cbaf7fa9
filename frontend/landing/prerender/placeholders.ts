const mark = 'data-filled-by-the-api'

/** Marks the element whose attributes the API writes, or leaves out, under this name when it composes the page. */
export function filledByTheApi(
  name: 'notice_hidden' | 'film_hidden' | 'film_absent' | 'phone_field' | 'phone_alert' | 'consent_field',
): Readonly<Record<string, string>> {
  return { [mark]: name }
}

/** Turns the marks into placeholders such as `%notice_hidden%`, which React could not write. */
export function withPlaceholders(html: string): string {
  return html.replace(new RegExp(`${mark}="(\\w+)"`, 'g'), '%$1%')
}
