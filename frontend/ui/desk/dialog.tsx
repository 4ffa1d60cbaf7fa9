import { type ReactNode, useEffect, useId, useRef } from 'react'

type Props = Readonly<{ title: string; onClose(): void; children: ReactNode }>

/** Something that is asked before anything else goes on. Escape and a click beside it end it. */
export function Dialog({ title, onClose, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null)
  const began = useRef<EventTarget | null>(null)
  const id = useId()
  useEffect(() => {
    const before = document.activeElement
    ref.current?.showModal()
    return () => (before instanceof HTMLElement ? before.focus() : undefined)
  }, [])
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onPointerDown={(event) => {
        began.current = event.target
      }}
      // Who marks text in a field and lets go beside it has clicked on what holds both, which is this.
      onClick={(event) => event.target === ref.current && began.current === ref.current && onClose()}
      onKeyDown={(event) => event.stopPropagation()}
      className="m-auto w-[min(28rem,calc(100vw-2rem))] rounded-2xl border border-line bg-surface p-0 text-ink shadow-2xl"
    >
      <div className="grid gap-4 p-6">
        <h2 id={id} className="text-lg font-semibold">
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  )
}
