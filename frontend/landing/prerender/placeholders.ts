const mark = 'data-filled-by-the-api'

/** Marks the element whose attribute of this name the API writes, or leaves out, when it composes the page. */
export function filledByTheApi(
  name: 'notice_hidden' | 'film_hidden' | 'film_absent',
): Readonly<Record<string, string>> {
  return { [mark]: name }
}

/** Turns the marks into placeholders such as `%notice_hidden%`, which React could not write. */
export function withPlaceholders(html: string): string {
  return html.replace(new RegExp(`${mark}="(\\w+)"`, 'g'), '%$1%')
}
