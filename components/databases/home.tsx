"use client";

import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatMoment } from "../../lib/client/format-time.ts";
import { useDatabases } from "../../lib/client/hooks/use-databases.ts";
import { AnswerHead } from "../shell/answer-head.tsx";
import { useViewer } from "../shell/console-context.tsx";
import { Fact, FactStrip } from "../shell/fact-strip.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import { DatabaseTable } from "./database-table.tsx";
import { EmptyDatabases } from "./empty-databases.tsx";
import { ProtectButton } from "./protect-button.tsx";
import { answerProtection } from "./protection-answer.ts";
import { useOldestMoment } from "./use-oldest-moment.ts";

/** The first page: is everything protected, since when, and how much would be lost. */
export function Home({ initial, renderedAtMs }: { initial: DatabaseView[]; renderedAtMs: number }) {
  const { namespace } = useViewer();
  const nowMs = useNow() ?? renderedAtMs;
  const databases = useDatabases(namespace.slug, initial);
  // Previews are copies: whether production is protected does not depend on them.
  const list = (databases.data ?? initial).filter(({ kind }) => kind === "project");
  const { answer, lede, captured } = answerProtection(list);
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <div className="flex flex-wrap items-start justify-between gap-4">
        <div>
          <AnswerHead question="Is everything protected?" answer={answer} lede={lede} />
        </div>
        {list.length > 0 && <ProtectButton />}
      </div>
      {databases.error && <ErrorNote error={databases.error} className="mt-4" />}
      {list.length === 0 ? (
        <EmptyDatabases />
      ) : (
        <>
          <Facts databases={list} captured={captured} nowMs={nowMs} />
          <DatabaseTable databases={list} nowMs={nowMs} />
        </>
      )}
    </main>
  );
}

function Facts({
  databases,
  captured,
  nowMs,
}: {
  databases: readonly DatabaseView[];
  captured: number;
  nowMs: number;
}) {
  const { namespace } = useViewer();
  const { zone } = useZone();
  const oldest = useOldestMoment(namespace.slug, databases);
  const sizes = databases.map(({ capture }) => capture?.historyBytes ?? null);
  const historyBytes = sizes.includes(null) ? null : sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
  const windows = new Set(databases.map((database) => database.windowDays));
  return (
    <FactStrip>
      <Fact term="Protected">
        {captured} of {databases.length}
      </Fact>
      <Fact term="Oldest moment you can reach" remark={windows.size === 1 ? `of ${[...windows][0]} d` : undefined}>
        {oldest === undefined ? "…" : oldest === null ? "none yet" : formatMoment(oldest, zone, nowMs, "minute")}
      </Fact>
      <Fact term="History kept" remark="on this disk only">
        {historyBytes === null ? "unknown" : formatBytes(historyBytes)}
      </Fact>
    </FactStrip>
  );
}
