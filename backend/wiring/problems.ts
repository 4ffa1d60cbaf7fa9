import type { Config } from '../config.ts'
import { createProblemLog } from '../http/problem-log.ts'
import type { ProblemDeps } from '../http/problems.ts'
import { type ClientAddress, createProxyTrust } from '../http/request/client-ip.ts'
import { createRequestIds } from '../http/request/request-id.ts'
import type { Log } from '../log.ts'
import { createProblemMetrics } from '../prometheus/problem-metrics.ts'
import type { Registry } from './open.ts'

export type ProblemOptions = Readonly<{
  config: Config
  clientAddress: ClientAddress
  registry: Registry
  log: Log
}>

/** What every route of one API process answers failures with. */
export function wireProblems({ config, clientAddress, registry, log }: ProblemOptions): ProblemDeps {
  return {
    log: createProblemLog(log, () => performance.now()),
    metrics: createProblemMetrics(registry),
    requestId: createRequestIds(createProxyTrust(config.trustedProxies, config.listenAddress)),
    clientAddress,
  }
}
