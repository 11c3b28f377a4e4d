"use client";

import { useCallback, useMemo } from "react";
import { formatCount, formatNumber } from "../../lib/client/format-count.ts";
import type { useDiffRows } from "../../lib/client/hooks/use-diff.ts";
import type { DiffCell, DiffColumn, DiffRow } from "../../lib/domain/diff.ts";
import { CellText } from "../past/cell-text.tsx";
import { columnWidth } from "../past/column-width.ts";
import { DataGrid, type GridColumn } from "../past/data-grid.tsx";
import { ColumnHead } from "../past/result-grid.tsx";
import { isSameCell, showCell } from "../past/show-cell.ts";
import { Checkbox } from "../ui/checkbox.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { joinClasses } from "../ui/join-classes.ts";
import { Skeleton } from "../ui/skeleton.tsx";
import { SINCE_WORDS } from "./diff-words.ts";
import { GIVEN_KINDS, type GivenKind, isRowSelected, type TableSelection } from "./row-selection.ts";

const SAMPLED = 60;
const CHECK_PX = 44;
const SINCE_PX = 112;

/** The rows of a table that differ, with what became of each; those that can be given back can be ticked. */
export function DiffGrid({
  table,
  query,
  counts,
  selection,
  onSelectRow,
  onSelectKinds,
}: {
  table: string;
  query: ReturnType<typeof useDiffRows>;
  /** Of the kinds that are shown. */
  counts: Partial<Record<DiffRow["kind"], number>>;
  selection: TableSelection;
  onSelectRow: (row: DiffRow, isOn: boolean) => void;
  onSelectKinds: (kinds: readonly GivenKind[], isOn: boolean) => void;
}) {
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.rows) ?? [], [data]);
  const columns = data?.pages[0]?.columns;
  const total = Object.values(counts).reduce((sum, one) => sum + one, 0);
  const given = GIVEN_KINDS.filter((kind) => (counts[kind] ?? 0) > 0);
  const isLoaded = !hasNextPage;

  const grid = useMemo((): GridColumn<DiffRow>[] => {
    const allOn = given.length > 0 && given.every((kind) => selection.kinds.has(kind));
    const someOn = selection.kinds.size > 0 || selection.rows.size > 0;
    return [
      {
        id: "chosen",
        widthPx: CHECK_PX,
        head:
          given.length === 0 ? (
            <span className="sr-only">Ticked</span>
          ) : (
            <Checkbox
              className="align-middle"
              aria-label={`All ${formatCount(
                given.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0),
                "row",
              )} of ${table} that can be given back`}
              checked={allOn}
              mixed={!allOn && someOn}
              onChange={(event) => onSelectKinds(given, event.currentTarget.checked)}
            />
          ),
        cell: (row, index) => {
          if (row.kind === "added") return null;
          const isAll = selection.kinds.has(row.kind);
          return (
            <Checkbox
              className="align-middle"
              aria-label={`Row ${index + 1}, ${SINCE_WORDS[row.kind].words}`}
              title={isAll && !isLoaded ? `All that were ${row.kind} are ticked` : undefined}
              disabled={isAll && !isLoaded}
              checked={isRowSelected(selection, row)}
              onChange={(event) => onSelectRow(row, event.currentTarget.checked)}
            />
          );
        },
      },
      {
        id: "since",
        widthPx: SINCE_PX,
        head: "Since then",
        cell: ({ kind }) => (
          <span className={joinClasses("font-sans", SINCE_WORDS[kind].text)}>{SINCE_WORDS[kind].words}</span>
        ),
      },
      ...(columns ?? []).map((column, index) => valueColumn(column, index, rows)),
    ];
  }, [columns, rows, counts, given, selection, isLoaded, table, onSelectKinds, onSelectRow]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  if (error && rows.length === 0) return <ErrorNote error={error} className="mx-6 my-4 max-wide:mx-4" />;
  if (!columns) {
    return (
      <div aria-busy className="grid gap-2 border-t border-line px-6 py-4 max-wide:px-4">
        <span role="status" className="sr-only">
          The rows are on their way
        </span>
        <Skeleton className="h-8" />
        <Skeleton className="h-8" />
        <Skeleton className="h-8" />
      </div>
    );
  }
  return (
    <DataGrid
      label={`Rows of ${table} that differ`}
      columns={grid}
      rows={rows}
      rowKey={({ key }) => key}
      totalRows={total}
      rowClassName={({ kind }) => joinClasses(SINCE_WORDS[kind].edge, SINCE_WORDS[kind].row)}
      onNearEnd={more}
      foot={
        error
          ? `The rows after these could not be read: ${error.message}`
          : hasNextPage
            ? `${formatNumber(rows.length)} of ${formatCount(total, "row")}; more as you scroll.`
            : `These are all: ${formatCount(rows.length, "row")}.`
      }
    />
  );
}

function valueColumn(column: DiffColumn, index: number, rows: readonly DiffRow[]): GridColumn<DiffRow> {
  const sides = (row: DiffRow): [DiffCell, DiffCell] => [row.before?.[index] ?? null, row.after?.[index] ?? null];
  const isChanged = (row: DiffRow) => row.kind === "changed" && !isSameCell(...sides(row));
  const sample = rows.slice(0, SAMPLED).map((row) => {
    const [before, after] = sides(row);
    return isChanged(row) ? `${showCell(before).text} now ${showCell(after).text}` : showCell(before ?? after).text;
  });
  const isNumeric = rows.length > 0 && rows.slice(0, SAMPLED).every((row) => isNumber(sides(row)));
  return {
    id: column.name,
    head: <ColumnHead name={column.name} type={column.type === "" ? null : column.type} />,
    widthPx: columnWidth(`${column.name} ${column.type}`, sample),
    align: isNumeric ? "right" : undefined,
    className: (row) => (isChanged(row) ? "bg-warn-soft" : undefined),
    cell: (row) => {
      const [before, after] = sides(row);
      if (!isChanged(row)) return <CellText cell={row.kind === "added" ? after : before} />;
      return (
        <>
          <strong>
            <CellText cell={before} />
          </strong>
          <span className="ml-2 text-ink-2">
            now <CellText cell={after} />
          </span>
        </>
      );
    },
  };
}

const isNumber = (cells: readonly DiffCell[]) =>
  cells.every((cell) => cell === null || showCell(cell).kind === "number");
