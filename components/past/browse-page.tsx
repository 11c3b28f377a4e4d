"use client";

import { RefreshCw } from "lucide-react";
import { useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { useDatabase } from "../../lib/client/hooks/use-databases.ts";
import { hasHistory, readStatus } from "../databases/database-status.ts";
import { PreparationProgress } from "../databases/preparation-progress.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { TextButton } from "../ui/text-link.tsx";
import { Explorer } from "./explorer.tsx";
import { usePastAddress } from "./use-past-address.ts";

/** The Browse tab: tables and rows of the newest kept state, read-only. It stays at that state until it is read anew. */
export function BrowsePage({ initial }: { initial: DatabaseView }) {
  const database = useDatabase(initial.namespace, initial.name, initial).data ?? initial;
  const { address, change } = usePastAddress();
  const newest = database.capture?.last ?? null;
  const [read, setRead] = useState(newest);
  const state = read ?? newest;
  if (readStatus(database).kind === "preparing") return <PreparationProgress database={database} />;
  if (!hasHistory(database) || !state) {
    return <p className="px-6 py-5 text-14 max-wide:px-4">Nothing of {database.name} was captured yet.</p>;
  }
  return (
    <div className="flex min-h-0 flex-1 flex-col wide:h-[calc(100dvh-150px)] wide:flex-none">
      <p className="flex shrink-0 flex-wrap items-center gap-x-3 border-b border-line px-6 py-2 text-12 text-ink-3 max-wide:px-4">
        <span>
          Read-only, as of <MomentText ms={state.timeMs} precision="millisecond" withZone />
        </span>
        <TextButton onClick={() => setRead(newest)} className="touch:min-h-11">
          <RefreshCw size={12} strokeWidth={1.8} aria-hidden />
          Read anew
        </TextButton>
      </p>
      <Explorer
        database={database}
        at={{ bookmark: state.bookmark }}
        chosenTable={address.table}
        chosenSide={null}
        onTable={(table) => change({ table })}
        onSide={() => undefined}
        comparison={null}
      />
    </div>
  );
}
