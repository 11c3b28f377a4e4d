"use client";

import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { Exposure } from "../../lib/domain/exposure.ts";
import { DatabaseRow } from "./database-row.tsx";
import { isAlarm, readStatus } from "./database-status.ts";

/** Databases in rows, alarms first. */
export function DatabaseTable({
  databases,
  exposures,
  nowMs,
}: {
  databases: readonly DatabaseView[];
  /** Of projects; previews have none. */
  exposures: readonly Exposure[];
  nowMs: number;
}) {
  const rank = (database: DatabaseView) => Number(isAlarm(readStatus(database)));
  const exposureOf = new Map(exposures.map((one) => [one.databaseId, one]));
  const inOrder = [...databases].sort((a, b) => rank(b) - rank(a) || a.name.localeCompare(b.name, "en"));
  return (
    <div className="grid grid-cols-[minmax(160px,1.3fr)_172px_minmax(116px,.8fr)_minmax(76px,.5fr)_minmax(136px,.9fr)_minmax(136px,.9fr)_28px] max-roomy:grid-cols-[minmax(160px,1.3fr)_172px_minmax(116px,.8fr)_minmax(76px,.5fr)_minmax(136px,.9fr)_28px] max-wide:block">
      <div
        aria-hidden
        className="col-span-full grid h-7 grid-cols-subgrid items-center border-b border-line-strong text-12 font-medium text-ink-3 max-wide:hidden"
      >
        <span className="pl-5">Database</span>
        <span>Writes, last 24 h</span>
        <span>Last captured</span>
        <span>Window</span>
        <span>Lost if it died now</span>
        <span className="max-roomy:hidden">Last proven restore</span>
      </div>
      <ul className="contents">
        {inOrder.map((database) => (
          <DatabaseRow
            key={database.id}
            database={database}
            exposure={exposureOf.get(database.id) ?? null}
            nowMs={nowMs}
          />
        ))}
      </ul>
    </div>
  );
}
