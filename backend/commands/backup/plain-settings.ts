import { settings } from '../../config.ts'

const secret = /KEY|PASSWORD|SECRET/

/** The settings of an environment as lines of `.env`, without whatever is a secret. */
export function plainSettings(env: Readonly<Record<string, string | undefined>>): string {
  const lines = settings.flatMap(({ name }) => {
    const value = env[name]
    if (!value || secret.test(name)) return []
    return [`${name}=${withoutPassword(value)}`]
  })
  return `${lines.join('\n')}\n`
}

function withoutPassword(value: string): string {
  return value.replace(/^([a-z+]+:\/\/[^:@/]*):[^@/]*@/i, '$1@')
}
