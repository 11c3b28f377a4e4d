"use client";

import { useMemo } from "react";
import type { SqlCell } from "../../lib/client/read-sql-answer.ts";
import { CellText } from "./cell-text.tsx";
import { columnWidth } from "./column-width.ts";
import { DataGrid, type GridColumn } from "./data-grid.tsx";
import { showCell, storageOf } from "./show-cell.ts";

const SAMPLED = 50;
type Row = Record<string, SqlCell>;

/** What a statement answered. */
export function ResultGrid({ label, rows }: { label: string; rows: readonly Row[] }) {
  const columns = useMemo(() => {
    const names = Object.keys(rows[0] ?? {});
    return names.map((name): GridColumn<Row> => {
      const sample = rows.slice(0, SAMPLED).map((row) => row[name] ?? null);
      const type = storageOf(sample);
      return {
        id: name,
        head: <ColumnHead name={name} type={type} />,
        widthPx: columnWidth(
          `${name} ${type ?? ""}`,
          sample.map((cell) => showCell(cell).text),
        ),
        align: type === "integer" || type === "real" ? "right" : undefined,
        cell: (row) => <CellText cell={row[name] ?? null} />,
      };
    });
  }, [rows]);
  if (rows.length === 0) {
    return <p className="border-t border-line px-6 py-5 text-ink-3 max-wide:px-4">The statement answered no row.</p>;
  }
  return <DataGrid label={label} columns={columns} rows={rows} rowKey={(_row, index) => String(index)} />;
}

/** A column's name with its type beside it. */
export function ColumnHead({ name, type }: { name: string; type: string | null }) {
  return (
    <>
      <span>{name}</span>
      {type && <span className="ml-1.5 font-mono text-11 font-normal text-ink-3">{type.toLowerCase()}</span>}
    </>
  );
}
