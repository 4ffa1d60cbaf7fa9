// What the scripts of a page need of React before it is there: its elements. `react-dom` draws them as its own.
export const Fragment = Symbol.for('react.fragment')

export function jsx(
  type: unknown,
  { ref = null, ...props }: Readonly<Record<string, unknown>>,
  key?: string,
) {
  return { $$typeof: Symbol.for('react.element'), type, key: key ?? null, ref, props, _owner: null }
}

export { jsx as jsxs }
