import type { ComponentType, ReactNode } from 'react'
import { uploadedAt } from '../landing/origin.ts'
import { Bar } from '../ui/bar.tsx'
import { PictureView } from '../ui/picture-view.tsx'
import type { Bill, Hero as HeroWords, Picture } from './content/content.ts'
import type { Variants } from './experiments.ts'

type HeroProps = Readonly<{ words: HeroWords; house: Picture; bill: Bill; form: ReactNode }>

/** What a visitor sees first: one composition for each variant. */
export const heroes: Readonly<Record<Variants['hero'], ComponentType<HeroProps>>> = {
  a: RoofFirst,
  b: BillFirst,
}

/** The house, and the form under its promise. */
function RoofFirst({ words, house, bill, form }: HeroProps) {
  return (
    <div className="mx-auto grid max-w-6xl gap-x-14 gap-y-10 px-4 pb-12 sm:px-6 lg:grid-cols-[1.1fr_1fr] lg:pb-16">
      <div>
        <Pitch {...words} />
        <Card>{form}</Card>
      </div>
      <div className="relative self-start">
        <House
          house={house}
          className="aspect-4/5 h-auto w-full rounded-3xl object-cover object-bottom lg:aspect-auto"
        />
        <div className="absolute inset-x-4 bottom-4 rounded-2xl bg-surface px-5 py-3.5 shadow-card sm:inset-x-6 sm:bottom-6">
          <p className="text-sm font-semibold">{bill.label}</p>
          <dl className="mt-1 flex justify-between gap-4">
            <Amount {...bill.before} unit={bill.unit} />
            <Amount {...bill.after} unit={bill.unit} className="text-brand" />
          </dl>
        </div>
      </div>
    </div>
  )
}

/** The bill before and after, and the form beside it. */
function BillFirst({ words, house, bill, form }: HeroProps) {
  return (
    <div className="mx-auto grid max-w-6xl items-center gap-x-14 px-4 pb-12 sm:px-6 lg:grid-cols-2 lg:pb-16">
      <div>
        <Pitch {...words} />
        <figure className="mt-5 sm:mt-7">
          <figcaption className="sr-only">{bill.label}</figcaption>
          <dl className="grid gap-3">
            <Amount {...bill.before} unit={bill.unit} beside share={1} className="text-soft" />
            <Amount
              {...bill.after}
              unit={bill.unit}
              beside
              share={bill.after.pounds / bill.before.pounds}
              className="text-brand"
            />
          </dl>
          <p className="mt-4 inline-block rounded-full bg-accent px-4 py-1 font-semibold text-accent-ink">
            {bill.saving}
          </p>
        </figure>
      </div>
      <Card
        picture={<House house={house} className="aspect-5/2 h-auto w-full object-cover object-[50%_50%]" />}
      >
        {form}
      </Card>
    </div>
  )
}

function Pitch({ eyebrow, title, text }: HeroWords) {
  return (
    <>
      <p className="inline-block rounded-full bg-brand-tint px-3 py-1 text-xs font-semibold text-brand sm:text-sm">
        {eyebrow}
      </p>
      <h1 className="mt-3 text-3xl leading-tight font-extrabold tracking-tight whitespace-pre-line sm:text-5xl">
        {title}
      </h1>
      <p className="mt-3 max-w-xl text-soft sm:text-lg">{text}</p>
    </>
  )
}

/** The form's place. A picture stands above it where there is room, and after it on a phone. */
function Card({ picture, children }: Readonly<{ picture?: ReactNode; children: ReactNode }>) {
  return (
    <div className="mt-6 overflow-hidden rounded-3xl border border-line bg-surface shadow-card">
      <div className="flex flex-col">
        <div id="estimate" className="p-5 sm:p-7">
          {children}
        </div>
        {picture && <div className="lg:order-first">{picture}</div>}
      </div>
    </div>
  )
}

function House({ house, className }: Readonly<{ house: Picture; className: string }>) {
  const uploaded = house.uploaded && uploadedAt(house.uploaded)
  return <PictureView picture={{ ...house, uploaded }} first className={className} />
}

type AmountProps = Readonly<{
  label: string
  value: string
  unit: string
  className?: string
  beside?: boolean
  share?: number
}>

function Amount({ label, value, unit, className = '', beside = false, share }: AmountProps) {
  return (
    <div className={beside ? 'flex flex-wrap items-baseline justify-between gap-x-4' : ''}>
      <dt className="text-sm text-soft">{label}</dt>
      <dd className={`text-xl font-bold sm:text-2xl ${className}`}>
        {value} <span className="text-sm font-normal whitespace-nowrap text-soft">{unit}</span>
      </dd>
      {share && (
        <dd className={`mt-1 w-full ${className}`}>
          <Bar share={share} />
        </dd>
      )}
    </div>
  )
}
