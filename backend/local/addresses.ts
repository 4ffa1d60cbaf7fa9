import { isLoopback, ownHost } from '../own-address.ts'
import type { PageServer } from './processes.ts'

export type Addresses = Readonly<{
  page: string
  pageReach: string
  api: string
  apiReach: string
  worker: string
}>

/** Where a person finds everything, and who else does. */
export function addressesOf(input: {
  port: number
  workerPort: number
  listenAddress: string
  dev: PageServer | undefined
}): Addresses {
  const { port, workerPort, listenAddress, dev } = input
  const at = (address: string, atPort: number) => {
    const host = ownHost({ listenAddress: address })
    return `http://${['127.0.0.1', '[::1]'].includes(host) ? 'localhost' : host}:${atPort}`
  }
  const reach = (address: string, opens: string) =>
    isLoopback(address) ? `for this machine only; ${opens} opens it` : `open to others (${address})`
  const api = at(listenAddress, port)
  const pageHost = dev?.host ?? '127.0.0.1'
  return {
    page: dev ? at(pageHost, dev.port) : api,
    pageReach: dev ? reach(pageHost, '--host') : '',
    api,
    apiReach: reach(listenAddress, 'LISTEN_ADDRESS=0.0.0.0'),
    worker: at(listenAddress, workerPort),
  }
}
