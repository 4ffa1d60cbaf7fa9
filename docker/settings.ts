import { InvalidConfig, readConfig } from '../backend/config.ts'
import { weaknessesOf } from '../backend/weak-settings.ts'

/** Says what is weak in the settings of this container; ends with 1 and every fault where it would not start with them. */
try {
  for (const because of weaknessesOf(readConfig(process.env)).told) console.log(`Note: ${because}.`)
} catch (error) {
  if (!(error instanceof InvalidConfig)) throw error
  console.error(error.message)
  process.exit(1)
}
