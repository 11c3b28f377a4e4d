"use client";

import { Info } from "lucide-react";
import Link from "next/link";
import { formatCount, formatNumber } from "../../lib/client/format-count.ts";
import { useDiff } from "../../lib/client/hooks/use-diff.ts";
import type { DatabaseDiff, TableDiff } from "../../lib/domain/diff.ts";
import { pastHref } from "../past/past-address.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { ProgressBar } from "../ui/progress-bar.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { LossWarning } from "./loss-warning.tsx";
import { GOING_BACK, type LossColumn, logShare, lossRows } from "./loss-words.ts";

/** What becomes of a database's rows when it goes back to a bookmark, table by table. It follows a database that moves on. */
export function LossTable({
  database,
  bookmark,
  title = "What changes in the data",
  columns = GOING_BACK,
  warns = true,
  linksRows = true,
  heading: Heading = "h3",
}: {
  database: string;
  /** Where it goes back to; or, of a copy, where it began. */
  bookmark: string;
  title?: string;
  columns?: readonly LossColumn[];
  /** Names the rows that would disappear, with a way to keep them. */
  warns?: boolean;
  linksRows?: boolean;
  /** Dialogs have a title of their own above it. */
  heading?: "h2" | "h3";
}) {
  const { namespace } = useViewer();
  const diff = useDiff(namespace.slug, database, bookmark, { follow: true });
  /** What was counted once stays, also where asking again fails; half of a comparison that broke off tells nothing. */
  const counted = diff.data !== undefined && diff.data.state !== "counting";
  return (
    <section aria-label={title} className="mt-5">
      <div className="mb-1 flex items-baseline justify-between gap-3">
        <Heading className="text-14 font-semibold">{title}</Heading>
        <span className="text-12 text-ink-3">rows, bars on a log scale</span>
      </div>
      {diff.error && !counted && <ErrorNote error={diff.error} />}
      {!diff.data && !diff.error && (
        <div aria-busy className="grid gap-2 py-2" role="status">
          <span className="sr-only">Comparing the two states</span>
          <Skeleton className="h-6" />
          <Skeleton className="h-6" />
          <Skeleton className="h-6 w-2/3" />
        </div>
      )}
      {diff.data && (counted || !diff.error) && (
        <LossRows database={database} diff={diff.data} columns={columns} linksRows={linksRows} />
      )}
      {diff.data && warns && <LossWarning database={database} diff={diff.data} />}
    </section>
  );
}

function LossRows({
  database,
  diff,
  columns,
  linksRows,
}: {
  database: string;
  diff: DatabaseDiff;
  columns: readonly LossColumn[];
  linksRows: boolean;
}) {
  const mayView = useRefusal("database.view") === null;
  const { rows, tables } = lossRows(diff, columns);
  const most = Math.max(0, ...rows.flatMap((row) => columns.map(({ kind }) => row[kind])));
  const isCounting = diff.state === "counting";
  const notCompared = diff.tables.filter(({ how }) => how === "not-compared");
  return (
    <>
      {isCounting && <StillCounting diff={diff} />}
      {rows.length === 0 && !isCounting && (
        <p className="border-y border-line py-2.5 text-ink-2">
          {diff.schema.length === 0
            ? "Nothing changes: the rows of all tables are the same."
            : "No row changes, only how tables are defined."}
        </p>
      )}
      {rows.length > 0 && (
        <table className="w-full">
          <thead>
            <tr className="border-b border-line-strong text-12 text-ink-2">
              <th scope="col" className="py-1.5 text-left font-[450]">
                Table
              </th>
              {columns.map(({ kind, head }) => (
                <th key={kind} scope="col" className="w-[24%] py-1.5 pl-2 text-right font-[450]">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.name} className="border-b border-line">
                <th scope="row" className="max-w-0 truncate py-1.5 text-left font-normal" title={row.name}>
                  {mayView && linksRows ? (
                    <Link
                      href={pastHref(database, { bookmark: diff.from.bookmark }, { table: row.name })}
                      className="rounded-1 underline-offset-3 hover:underline"
                    >
                      <code className="font-semibold">{row.name}</code>
                    </Link>
                  ) : (
                    <code className="font-semibold">{row.name}</code>
                  )}
                </th>
                {columns.map((column) => (
                  <LossCell key={column.kind} row={row} column={column} most={most} isCounting={isCounting} />
                ))}
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr className="border-b border-line font-semibold">
              <th scope="row" className="py-1.5 text-left font-semibold">
                {formatNumber(rows.length)} of {formatCount(tables, "table")}
              </th>
              {columns.map(({ kind }) => (
                <td key={kind} className="pr-[62px] pl-2 text-right max-wide:pr-0">
                  {formatNumber(rows.reduce((sum, row) => sum + row[kind], 0))}
                </td>
              ))}
            </tr>
          </tfoot>
        </table>
      )}
      <LossRemarks diff={diff} notCompared={notCompared} />
    </>
  );
}

function LossCell({
  row,
  column,
  most,
  isCounting,
}: {
  row: TableDiff;
  column: LossColumn;
  most: number;
  isCounting: boolean;
}) {
  const count = row[column.kind];
  return (
    <td className={count === 0 ? "pl-2 text-ink-3" : "pl-2"}>
      <span className="flex items-center justify-end gap-2">
        {!row.exact && count > 0 && <span className="text-12 text-ink-3">{isCounting ? "at least" : "about"}</span>}
        {formatNumber(count)}
        <span aria-hidden className="h-1.5 w-[54px] shrink-0 overflow-hidden rounded-[1px] bg-sunken max-wide:hidden">
          <span
            className={`block h-full ${column.bar}`}
            style={{ width: `${(logShare(count, most) * 100).toFixed(1)}%` }}
          />
        </span>
      </span>
    </td>
  );
}

/** That the figures are not final, and how far they are. */
function StillCounting({ diff }: { diff: DatabaseDiff }) {
  const { done, total } = diff.progress ?? { done: 0, total: 0 };
  return (
    <div role="status" className="mb-1.5 text-12 text-ink-2">
      Still counting{total > 0 && `: ${Math.floor((100 * done) / total)} % compared`}. Figures may rise.
      <ProgressBar label="Compared" done={done} total={total} className="mt-1 h-1" />
    </div>
  );
}

/** What was not compared, why some of it took all of a table, and what is defined differently. */
function LossRemarks({ diff, notCompared }: { diff: DatabaseDiff; notCompared: readonly TableDiff[] }) {
  const full = diff.tables.filter(({ how, reason }) => how === "full" && reason !== null);
  const definitions = diff.schema.map(({ kind, name }) => `${kind} ${name}`);
  if (notCompared.length === 0 && full.length === 0 && definitions.length === 0) return null;
  return (
    <ul className="mt-2 grid gap-1 text-12 text-ink-2">
      {definitions.length > 0 && (
        <li>
          <Info size={12} strokeWidth={1.8} aria-hidden className="mr-1.5 inline text-ink-3" />
          Definitions change as well: {definitions.slice(0, 6).join(", ")}
          {definitions.length > 6 && ` and ${definitions.length - 6} more`}.
        </li>
      )}
      {notCompared.map(({ name, reason }) => (
        <li key={name}>
          <Info size={12} strokeWidth={1.8} aria-hidden className="mr-1.5 inline text-ink-3" />
          <code>{name}</code> was not compared{reason === null ? "." : `: ${reason}`}
        </li>
      ))}
      {full.map(({ name, reason }) => (
        <li key={name}>
          <Info size={12} strokeWidth={1.8} aria-hidden className="mr-1.5 inline text-ink-3" />
          All of <code>{name}</code> was compared: {reason}
        </li>
      ))}
    </ul>
  );
}
