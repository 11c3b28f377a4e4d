"use client";

import { Play } from "lucide-react";
import dynamic from "next/dynamic";
import { useId, useMemo } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { useView } from "../../lib/client/hooks/use-view.ts";
import type { ViewBody } from "../../lib/client/view-types.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { joinClasses } from "../ui/join-classes.ts";
import { KeyCap } from "../ui/key-cap.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { ResultGrid } from "./result-grid.tsx";
import type { StoredTable } from "./use-tables.ts";

// Only who reads rows needs the editor: it comes as a file of its own.
const SqlEditor = dynamic(() => import("./sql-editor.tsx").then((module) => module.SqlEditor), {
  ssr: false,
  loading: () => <Skeleton className="m-2 h-16 flex-1" />,
});

/** One state that SQL is asked of. */
export type SqlSide = { title: string; at: ViewBody["at"] | null };

/** The statement, and what it answers of one state, or of two side by side. */
export function SqlPanel({
  database,
  engine,
  sides,
  tables,
  draft,
  ran,
  onDraft,
  onRun,
}: {
  database: string;
  engine: DatabaseView["engine"];
  sides: readonly SqlSide[];
  tables: readonly StoredTable[] | null;
  draft: string;
  /** What was run last; null: nothing yet. */
  ran: string | null;
  onDraft: (text: string) => void;
  onRun: () => void;
}) {
  const errorId = useId();
  const names = useMemo(
    () => Object.fromEntries((tables ?? []).map(({ name, columns }) => [name, columns.map((column) => column.name)])),
    [tables],
  );
  return (
    <>
      <div className="px-6 pb-3 max-wide:px-4">
        <div className="relative flex min-h-[58px] rounded-2 border border-control bg-sunken focus-within:border-accent focus-within:shadow-[0_0_0_1px_var(--accent),0_0_0_4px_var(--accent-soft)]">
          <SqlEditor
            label={`SQL of ${sides.map(({ title }) => title.toLowerCase()).join(" and ")}`}
            value={draft}
            engine={engine}
            names={names}
            describedBy={errorId}
            onChange={onDraft}
            onRun={onRun}
          />
          <div className="flex items-end p-1.5">
            <Button size="small" disabled={draft.trim() === ""} onClick={onRun}>
              <Play size={14} strokeWidth={1.6} aria-hidden />
              Run
              <span className="max-wide:hidden">
                <KeyCap>Ctrl ↵</KeyCap>
              </span>
            </Button>
          </div>
        </div>
      </div>
      <div className={joinClasses("flex min-h-0 flex-1", sides.length > 1 && "divide-x divide-line max-wide:flex-col")}>
        {sides.map((side) => (
          <SideAnswer
            key={side.title}
            database={database}
            side={side}
            sql={ran}
            isTitled={sides.length > 1}
            errorId={errorId}
          />
        ))}
      </div>
    </>
  );
}

function SideAnswer({
  database,
  side,
  sql,
  isTitled,
  errorId,
}: {
  database: string;
  side: SqlSide;
  sql: string | null;
  isTitled: boolean;
  errorId: string;
}) {
  const { namespace } = useViewer();
  const query = useView(namespace.slug, database, side.at, sql);
  const last = query.data?.results.at(-1);
  return (
    <section aria-label={side.title} className="flex min-h-0 min-w-0 flex-1 flex-col">
      <p className="flex min-h-6 items-baseline gap-3 px-6 pb-1.5 max-wide:px-4">
        {isTitled && <strong className="font-semibold">{side.title}</strong>}
        <span role="status" className="ml-auto text-12 text-ink-3">
          {query.isFetching && "Running…"}
          {!query.isFetching &&
            last &&
            `${formatCount(last.results.length, "row")} in ${formatDuration(Math.max(1, last.meta.duration))}`}
        </span>
      </p>
      <div id={errorId}>{query.error && <SqlRefusal error={query.error} />}</div>
      {!query.error && last && <ResultGrid label={`Answer, ${side.title.toLowerCase()}`} rows={last.results} />}
      {!query.error && !last && (
        <div aria-busy className="grid gap-2 border-t border-line px-6 py-4 max-wide:px-4">
          <Skeleton className="h-7" />
          <Skeleton className="h-7" />
          <Skeleton className="h-7 w-2/3" />
        </div>
      )}
    </section>
  );
}

/** What is wrong with a statement, right below it. */
function SqlRefusal({ error }: { error: Error }) {
  const known = error instanceof LastgoodError;
  return (
    <p role="alert" className="mx-6 mb-3 rounded-2 bg-danger-soft px-3 py-2 max-wide:mx-4">
      <code className="text-danger-text">{known ? error.message : "Something went wrong in the console."}</code>{" "}
      {known && <span className="text-ink-2">{error.details.hint}</span>}
    </p>
  );
}
