import type { SqlCell } from "../../lib/client/read-sql-answer.ts";
import type { DiffCell } from "../../lib/domain/diff.ts";
import { showCell } from "./show-cell.ts";

/** One value of a grid. */
export function CellText({ cell }: { cell: SqlCell | DiffCell }) {
  const { kind, text, remark } = showCell(cell);
  if (kind === "null") return <span className="text-ink-3 italic">null</span>;
  return (
    <>
      <span className={kind === "blob" ? "text-ink-3" : undefined}>{text}</span>
      {remark && <span className="ml-1 font-sans text-ink-3">{remark}</span>}
    </>
  );
}
