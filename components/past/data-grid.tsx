"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";
import { joinClasses } from "../ui/join-classes.ts";
import { SCROLLED_BY_KEYBOARD } from "../ui/scrolled-by-keyboard.ts";

const ROW_PX = 32;
const OVERSCAN = 12;
const NEAR_END = 20;

export type GridColumn<Row> = {
  id: string;
  head: ReactNode;
  widthPx: number;
  align?: "right" | undefined;
  cell: (row: Row, index: number) => ReactNode;
  /** Of one cell. */
  className?: (row: Row) => string | undefined;
};

/** Rows and columns of values; only those in view are in the page, however many there are. */
export function DataGrid<Row>({
  label,
  columns,
  rows,
  rowKey,
  rowClassName,
  totalRows = null,
  onNearEnd,
  foot,
}: {
  label: string;
  columns: readonly GridColumn<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row, index: number) => string;
  rowClassName?: (row: Row) => string | undefined;
  /** How many there are, where more than the loaded ones; null: not known. */
  totalRows?: number | null;
  /** The last loaded rows come into view. */
  onNearEnd?: (() => void) | undefined;
  /** Below the last row: that more are on their way, or that this is all. */
  foot?: ReactNode;
}) {
  const scroller = useRef<HTMLElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
  });
  const shown = virtualizer.getVirtualItems();
  const lastShown = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && lastShown >= rows.length - NEAR_END) onNearEnd?.();
  }, [lastShown, rows.length, onNearEnd]);

  const widthPx = columns.reduce((sum, column) => sum + column.widthPx, 0);
  const abovePx = shown[0]?.start ?? 0;
  const belowPx = virtualizer.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <section
      ref={scroller}
      aria-label={label}
      {...SCROLLED_BY_KEYBOARD}
      className="min-h-0 flex-1 overflow-auto border-t border-line focus-visible:shadow-[inset_0_0_0_2px_var(--accent)]! max-wide:max-h-[62dvh]"
    >
      <table
        aria-label={label}
        aria-rowcount={(totalRows ?? rows.length) + 1}
        className="w-full table-fixed border-separate border-spacing-0"
        style={{ minWidth: widthPx }}
      >
        <colgroup>
          {columns.map((column, index) => (
            <col key={column.id} style={index === columns.length - 1 ? undefined : { width: column.widthPx }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className={joinClasses(
                  "sticky top-0 z-1 h-8 truncate border-r border-b border-line bg-sunken px-2.5 text-left text-12 font-medium text-ink-2 last:border-r-0",
                  column.align === "right" && "text-right",
                )}
              >
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer heightPx={abovePx} columns={columns.length} />
          {shown.map(({ index }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <tr
                key={rowKey(row, index)}
                aria-rowindex={index + 2}
                className={joinClasses("font-mono text-12", rowClassName?.(row))}
              >
                {columns.map((column) => (
                  <td
                    key={column.id}
                    className={joinClasses(
                      "h-8 max-w-0 truncate border-r border-b border-line px-2.5 last:border-r-0",
                      column.align === "right" && "text-right",
                      column.className?.(row),
                    )}
                  >
                    {column.cell(row, index)}
                  </td>
                ))}
              </tr>
            );
          })}
          <Spacer heightPx={belowPx} columns={columns.length} />
        </tbody>
      </table>
      {foot && <div className="sticky left-0 px-6 py-2.5 text-12 text-ink-3 max-wide:px-4">{foot}</div>}
    </section>
  );
}

/** The room of the rows that are not in the page. */
function Spacer({ heightPx, columns }: { heightPx: number; columns: number }) {
  if (heightPx <= 0) return null;
  return (
    <tr aria-hidden>
      <td colSpan={columns} style={{ height: heightPx, padding: 0 }} />
    </tr>
  );
}
