import type { Goal } from './subjects.ts'

const width = 640
const rowHeight = 34
const barFrom = 200
const barWidth = 360
const scaleTo = 1.5

/**
 * A picture of the ratios: a bar for each as a share of its aim, with a mark where its floor is. Colours change with the
 * reader's light or dark theme.
 */
export function ratiosPicture(ratios: readonly (Goal & { value: number })[], caption: string): string {
  const shown = ratios.filter((ratio) => ratio.floor !== undefined && ratio.aim !== undefined)
  const height = shown.length * rowHeight + 58
  const aimAt = barFrom + barWidth / scaleTo
  const rows = shown.map((ratio, index) => {
    const top = 12 + index * rowHeight
    const at = (value: number) => (barWidth * Math.min(value / ratio.aim!, scaleTo)) / scaleTo
    const kind = ratio.value >= ratio.aim! ? 'aim' : ratio.value >= ratio.floor! ? 'floor' : 'below'
    const floorAt = round(barFrom + at(ratio.floor!))
    return `<text x="${barFrom - 8}" y="${top + 15}" text-anchor="end">${escaped(ratio.name)}</text>
<rect class="track" x="${barFrom}" y="${top}" width="${barWidth}" height="20" rx="3"/>
<rect class="${kind}" x="${barFrom}" y="${top}" width="${round(at(ratio.value))}" height="20" rx="3"/>
<path class="mark" d="M${floorAt} ${top - 3}v26"/>
<text x="${barFrom + barWidth + 10}" y="${top + 15}" class="value">${ratio.value.toFixed(2)}</text>`
  })
  const foot = 12 + shown.length * rowHeight
  const words = shown
    .map(({ name, value, floor }) => `${name} ${value.toFixed(2)} (floor ${floor})`)
    .join('; ')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(words)}">
<style>
text{font:13px system-ui,sans-serif;fill:#1f2328}.value{font-weight:600}.small{font-size:11px;fill:#59636e}
.track{fill:#8883}.aim{fill:#1a7f37}.floor{fill:#0969da}.below{fill:#bc4c00}.mark{stroke:#1f2328;stroke-width:2}.goal{stroke:#59636e;stroke-dasharray:3 3}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.aim{fill:#3fb950}.floor{fill:#4493f8}.below{fill:#f0883e}.mark{stroke:#e6edf3}.goal{stroke:#9198a1}}
</style>
${rows.join('\n')}
<path class="goal" d="M${round(aimAt)} 6V${foot}"/>
<text class="small" x="${round(aimAt)}" y="${foot + 12}" text-anchor="middle">aim</text>
<text class="small" x="12" y="${foot + 34}">${escaped(caption)} The solid marks are the floors.</text>
</svg>
`
}

const round = (value: number) => Math.round(value * 10) / 10

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
