"use client";

import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useDatabases } from "../../lib/client/hooks/use-databases.ts";
import { useWholeExposure } from "../../lib/client/hooks/use-exposure.ts";
import type { WholeExposure } from "../../lib/domain/exposure.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { useNow } from "../ui/use-now.ts";
import { DatabaseTable } from "./database-table.tsx";
import { EmptyDatabases } from "./empty-databases.tsx";
import { ProtectButton } from "./protect-button.tsx";

/** All databases of the namespace. */
export function DatabaseList({
  initial,
  exposure,
  renderedAtMs,
}: {
  initial: DatabaseView[];
  exposure: WholeExposure;
  renderedAtMs: number;
}) {
  const { namespace } = useViewer();
  const nowMs = useNow() ?? renderedAtMs;
  const databases = useDatabases(namespace.slug, initial);
  const whole = useWholeExposure(namespace.slug, exposure).data ?? exposure;
  const list = databases.data ?? initial;
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <div className="mb-4 flex flex-wrap items-center justify-between gap-4">
        <h1 className="text-20 font-semibold tracking-[-0.02em]">
          {list.length === 0 ? "No databases yet" : formatCount(list.length, "database")}
        </h1>
        {list.length > 0 && <ProtectButton />}
      </div>
      {databases.error && <ErrorNote error={databases.error} className="mb-4" />}
      {list.length === 0 ? (
        <EmptyDatabases />
      ) : (
        <DatabaseTable databases={list} exposures={whole.databases} nowMs={nowMs} />
      )}
    </main>
  );
}
