"use client";

import type { DatabaseView } from "../../lib/client/api-types.ts";
import { DatabaseRow } from "./database-row.tsx";
import { isAlarm, readStatus } from "./database-status.ts";

/** Databases in rows, alarms first. */
export function DatabaseTable({ databases, nowMs }: { databases: readonly DatabaseView[]; nowMs: number }) {
  const rank = (database: DatabaseView) => Number(isAlarm(readStatus(database)));
  const inOrder = [...databases].sort((a, b) => rank(b) - rank(a) || a.name.localeCompare(b.name, "en"));
  return (
    <div className="grid grid-cols-[minmax(180px,1.5fr)_172px_minmax(116px,.8fr)_minmax(84px,.6fr)_minmax(150px,1fr)_28px] max-wide:block">
      <div
        aria-hidden
        className="col-span-full grid h-7 grid-cols-subgrid items-center border-b border-line-strong text-12 font-medium text-ink-3 max-wide:hidden"
      >
        <span className="pl-5">Database</span>
        <span>Writes, last 24 h</span>
        <span>Last captured</span>
        <span>Window</span>
        <span>Not kept yet</span>
      </div>
      <ul className="contents">
        {inOrder.map((database) => (
          <DatabaseRow key={database.id} database={database} nowMs={nowMs} />
        ))}
      </ul>
    </div>
  );
}
