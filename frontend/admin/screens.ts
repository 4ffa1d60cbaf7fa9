import { lazyRouteComponent } from '@tanstack/react-router'
import {
  Activity,
  ChartNoAxesColumn,
  Download,
  Eraser,
  FlaskConical,
  History,
  Layers,
  PhoneCall,
  Send,
  ToggleRight,
  UserRound,
  UsersRound,
} from 'lucide-react'
import { fetched } from './fetched.ts'
import { Leads } from './screens/leads.tsx'

const later = <Part extends Record<string, unknown>, Name extends keyof Part & string>(
  part: () => Promise<Part>,
  name: Name,
) => lazyRouteComponent(fetched(part), name)

// All but the one on which most people begin come when they are opened.
const Account = later(() => import('./screens/account.tsx'), 'Account')
const Audit = later(() => import('./screens/audit.tsx'), 'Audit')
const Operators = later(() => import('./screens/operators.tsx'), 'Operators')
const Experiments = later(() => import('./screens/experiments.tsx'), 'Experiments')
const Flags = later(() => import('./screens/flags.tsx'), 'Flags')
const Deliveries = later(() => import('./screens/deliveries.tsx'), 'Deliveries')
const Exports = later(() => import('./screens/exports.tsx'), 'Exports')
const Erasures = later(() => import('./screens/erasures.tsx'), 'Erasures')
const Sources = later(() => import('./screens/sources.tsx'), 'Sources')
const Queue = later(() => import('./screens/queue.tsx'), 'Queue')
const Today = later(() => import('./screens/today.tsx'), 'Today')

/** The screens in the order of the navigation; the first that somebody may open is where they begin. */
export const screens = [
  { path: '/leads', name: 'leads', right: 'leads.read', Icon: PhoneCall, Screen: Leads },
  { path: '/today', name: 'today', right: 'leads.read', Icon: Activity, Screen: Today },
  { path: '/sources', name: 'sources', right: 'results.read', Icon: ChartNoAxesColumn, Screen: Sources },
  {
    path: '/experiments',
    name: 'experiments',
    right: 'experiments.read',
    Icon: FlaskConical,
    Screen: Experiments,
  },
  { path: '/flags', name: 'flags', right: 'flags.read', Icon: ToggleRight, Screen: Flags },
  { path: '/deliveries', name: 'deliveries', right: 'deliveries.read', Icon: Send, Screen: Deliveries },
  { path: '/exports', name: 'exports', right: 'leads.export', Icon: Download, Screen: Exports },
  { path: '/erasures', name: 'erasures', right: 'leads.erase', Icon: Eraser, Screen: Erasures },
  { path: '/queue', name: 'queue', right: 'leads.read', Icon: Layers, Screen: Queue },
  { path: '/operators', name: 'operators', right: 'operators.read', Icon: UsersRound, Screen: Operators },
  { path: '/audit', name: 'audit', right: 'audit.read', Icon: History, Screen: Audit },
  { path: '/account', name: 'account', right: 'account.own', Icon: UserRound, Screen: Account },
] as const

export const mayOpen = ({ right }: Readonly<{ right: string }>, rights: readonly string[]) =>
  rights.includes(right)
