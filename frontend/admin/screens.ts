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
import { Account } from './screens/account.tsx'
import { Audit } from './screens/audit.tsx'
import { Leads } from './screens/leads.tsx'
import { Operators } from './screens/operators.tsx'

const Experiments = lazyRouteComponent(() => import('./screens/experiments.tsx'), 'Experiments')

const Flags = lazyRouteComponent(() => import('./screens/flags.tsx'), 'Flags')
const Deliveries = lazyRouteComponent(() => import('./screens/deliveries.tsx'), 'Deliveries')
const Exports = lazyRouteComponent(() => import('./screens/exports.tsx'), 'Exports')
const Erasures = lazyRouteComponent(() => import('./screens/erasures.tsx'), 'Erasures')

const Sources = lazyRouteComponent(() => import('./screens/sources.tsx'), 'Sources')
const Queue = lazyRouteComponent(() => import('./screens/queue.tsx'), 'Queue')
const Today = lazyRouteComponent(() => import('./screens/today.tsx'), 'Today')

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
