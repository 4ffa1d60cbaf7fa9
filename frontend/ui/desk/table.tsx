import type { ReactNode } from 'react'

/** A column: `head` also stands before the cell where rows are cards, on a phone. */
export type Column<Row> = Readonly<{
  head: string
  cell(row: Row): ReactNode
  /** The head is read out and not shown, as over buttons. */
  bare?: true
  /** Its cells stand below each other digit by digit. */
  isFigure?: true
  /** Rows can be put in order by this column, under this name. */
  sort?: string
}>

type Props<Row> = Readonly<{
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf(row: Row): string
  /** All rows together, as the last one. */
  total?: Row
  sorting?: Readonly<{ by: string; descends: boolean; onSort(by: string): void }>
}>

/** Rows under heads; on a phone a card for each row. */
export function Table<Row>({ caption, columns, rows, keyOf, total, sorting }: Props<Row>) {
  const sorted = (sort: string | undefined) =>
    sorting && sort === sorting.by ? (sorting.descends ? 'descending' : 'ascending') : undefined
  return (
    <div className="rounded-xl border border-line bg-surface max-md:overflow-clip md:overflow-x-auto">
      <table className="w-full border-collapse text-start max-md:block">
        <caption className="sr-only">{caption}</caption>
        <thead className="max-md:sr-only">
          <tr className="border-b border-line text-sm text-soft">
            {columns.map(({ head, bare, isFigure, sort }) => (
              <th
                key={head}
                scope="col"
                aria-sort={sorted(sort)}
                className={`px-4 py-2.5 font-medium ${isFigure ? 'text-end' : 'text-start'}`}
              >
                {sorting && sort ? (
                  <button
                    type="button"
                    onClick={() => sorting.onSort(sort)}
                    className={`whitespace-nowrap hover:text-ink ${sorted(sort) ? 'text-ink' : ''}`}
                  >
                    {head}
                    <span aria-hidden="true" className={sorted(sort) ? '' : 'invisible'}>
                      {sorting.descends ? ' ↓' : ' ↑'}
                    </span>
                  </button>
                ) : (
                  <span className={bare && 'sr-only'}>{head}</span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line max-md:block">
          {rows.map((row) => (
            <Cells key={keyOf(row)} row={row} columns={columns} />
          ))}
        </tbody>
        {total && (
          <tfoot className="border-t border-line bg-sunk font-medium max-md:block">
            <Cells row={total} columns={columns} />
          </tfoot>
        )}
      </table>
    </div>
  )
}

function Cells<Row>({ row, columns }: Readonly<{ row: Row; columns: readonly Column<Row>[] }>) {
  return (
    <tr className="max-md:grid max-md:gap-1 max-md:px-4 max-md:py-3">
      {columns.map(({ head, cell, bare, isFigure }) => (
        <td
          key={head}
          className={`px-4 py-2.5 align-middle max-md:flex max-md:items-baseline max-md:gap-3 max-md:p-0 max-md:has-[>div:empty]:hidden ${isFigure ? 'tabular-nums md:whitespace-nowrap md:text-end' : ''}`}
        >
          {!bare && (
            <span aria-hidden="true" className="w-28 shrink-0 text-sm text-soft md:hidden">
              {head}
            </span>
          )}
          <div
            className={`min-w-0 max-md:grow max-md:wrap-anywhere ${bare ? '' : 'break-words md:max-w-md'}`}
          >
            {cell(row)}
          </div>
        </td>
      ))}
    </tr>
  )
}
