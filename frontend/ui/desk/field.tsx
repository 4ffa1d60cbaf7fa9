import { type ComponentProps, type ReactNode, useId } from 'react'

const box =
  'min-h-10 w-full rounded-lg border border-field bg-surface px-3 py-1.5 text-ink placeholder:text-soft aria-invalid:border-danger'

type Around = Readonly<{ label: string; hint?: ReactNode; fault?: string | undefined }>

/** A field of a form with its label, what helps, and what is wrong with it. */
export function Field({ label, hint, fault, ...props }: Around & ComponentProps<'input'>) {
  const id = useId()
  return (
    <Framed id={id} {...{ label, hint, fault }}>
      <input {...props} {...said(id, hint, fault)} id={id} className={box} />
    </Framed>
  )
}

/** The same with a choice of few. */
export function Choice({ label, hint, fault, ...props }: Around & ComponentProps<'select'>) {
  const id = useId()
  return (
    <Framed id={id} {...{ label, hint, fault }}>
      <select {...props} {...said(id, hint, fault)} id={id} className={box} />
    </Framed>
  )
}

const said = (id: string, hint: ReactNode, fault: string | undefined) => ({
  'aria-invalid': fault ? true : undefined,
  'aria-describedby': fault ? `${id}-fault` : hint ? `${id}-hint` : undefined,
})

function Framed({
  id,
  label,
  hint,
  fault,
  children,
}: Around & Readonly<{ id: string; children: ReactNode }>) {
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children}
      {fault ? (
        <p id={`${id}-fault`} className="text-sm text-danger">
          {fault}
        </p>
      ) : (
        hint && (
          <p id={`${id}-hint`} className="text-sm text-soft">
            {hint}
          </p>
        )
      )}
    </div>
  )
}
