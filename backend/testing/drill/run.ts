import { parseArgs } from 'node:util'
import { type Drill, drills, openDrill } from './drills.ts'

const usage = `
Usage: bun run drill [--only NUMBER] [--per-second 100]
Plays the first four failures of docs/restoring.md on servers of its own, under visitors: breaks it, mends it by the commands that
the runbook names, and compares what visitors were told with what is there. Ends with 1 where more is gone than the runbook says.`

const { values } = parseArgs({
  options: { only: { type: 'string' }, 'per-second': { type: 'string' }, help: { type: 'boolean' } },
})
if (values.help) {
  console.log(usage.trim())
  process.exit()
}
const chosen = drills.filter((_, index) => values.only === undefined || values.only === String(index + 1))
const perSecond = Number(values['per-second'] ?? 100)
if (chosen.length === 0 || !(perSecond > 0)) {
  console.error(usage.trim())
  process.exit(1)
}

let failed = 0
for (const drill of chosen) failed += await play(drill)
process.exit(failed === 0 ? 0 : 1)

async function play(drill: Drill): Promise<number> {
  console.log(`\n${drill.title}`)
  const scene = await openDrill(perSecond, (sentence) => console.log(`  ${sentence}`))
  try {
    const { toldNothing, mendedS, gone, mayBeGone, broken } = await drill.play(scene)
    console.log(
      `  mended in ${mendedS.toFixed(1)} s; submissions without a promise meanwhile: ${toldNothing}`,
    )
    console.log(`  acknowledged and gone: ${gone}; may be gone: ${drill.loses} (here ${mayBeGone})`)
    const faults = [...(gone > mayBeGone ? ['more is gone than may be'] : []), ...broken]
    for (const fault of faults) console.log(`  FAULT: ${fault}`)
    return faults.length
  } finally {
    await scene.close()
  }
}
