import type { Server } from './server.ts'
import type { Service, ServiceName, ServiceState } from './service.ts'

/** The names for people. */
export const titles: Record<ServiceName, string> = {
  postgres: 'Postgres',
  redis: 'Redis',
  mongo: 'Mongo',
  s3: 'Object storage',
}

/** A service, and the means to say what became of it. */
export function makePart(name: ServiceName, onChange: (service: Service) => void = () => undefined) {
  let state: ServiceState = 'off'
  let url: string | undefined
  let how = ''
  let server: Server | undefined
  const { promise: settled, resolve: settle } = Promise.withResolvers<void>()
  const own = () => {
    if (!server) throw new Error(`${titles[name]} was not started here (${how})`)
    return server
  }
  const service: Service = {
    name,
    title: titles[name],
    get state() {
      return state
    },
    get url() {
      return url
    },
    get how() {
      return how
    },
    get pid() {
      return server?.pid
    },
    settled,
    kill: async (signal) => own().kill(signal),
    restart: async () => own().restart(),
    stop: async () => server?.stop(),
  }
  const change = (next: ServiceState, line: string) => {
    state = next
    how = line
    if (next !== 'joining') settle()
    onChange(service)
  }
  return {
    service,
    given(choice: { url: string; how: string }) {
      url = choice.url
      change('running', `given by ${choice.how}`)
    },
    joins(address: string, line: string) {
      url = address
      change('joining', line)
    },
    runs(started: Server, address: string, line: string) {
      server = started
      url = address
      change('running', started.adopted ? `${line}, still running from an earlier start` : line)
    },
    none(next: 'off' | 'missing', line: string) {
      url = undefined
      change(next, line)
    },
  }
}
