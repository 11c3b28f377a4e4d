"use client";

import type { DatabaseView } from "../../lib/client/api-types.ts";
import { isCopyBehind, proofWords } from "../../lib/client/exposure-words.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatMoment } from "../../lib/client/format-time.ts";
import { useDatabases } from "../../lib/client/hooks/use-databases.ts";
import { useWholeExposure } from "../../lib/client/hooks/use-exposure.ts";
import type { WholeExposure } from "../../lib/domain/exposure.ts";
import { ExposureLead } from "../exposure/exposure-lead.tsx";
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

/** The first page: how much would be lost if the machine died, is everything protected, and since when. */
export function Home({
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
  // Previews are copies: whether production is protected does not depend on them.
  const list = (databases.data ?? initial).filter(({ kind }) => kind === "project");
  const whole = useWholeExposure(namespace.slug, exposure).data ?? exposure;
  const protection = answerProtection(list);
  const { answer, lede, captured } = protection;
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <div className="flex flex-wrap items-start justify-between gap-4">
        <div>
          {list.length === 0 ? (
            <AnswerHead question="Is everything protected?" answer={answer} lede={lede} />
          ) : (
            <ExposureLead whole={whole} protection={protection} nowMs={nowMs} />
          )}
        </div>
        {list.length > 0 && <ProtectButton />}
      </div>
      {databases.error && <ErrorNote error={databases.error} className="mt-4" />}
      {list.length === 0 ? (
        <EmptyDatabases />
      ) : (
        <>
          <Facts databases={list} whole={whole} captured={captured} nowMs={nowMs} />
          <DatabaseTable databases={list} exposures={whole.databases} nowMs={nowMs} />
        </>
      )}
    </main>
  );
}

function Facts({
  databases,
  whole,
  captured,
  nowMs,
}: {
  databases: readonly DatabaseView[];
  whole: WholeExposure;
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
      <ProofFact whole={whole} nowMs={nowMs} />
      <Fact term="History kept" remark={secondCopyRemark(whole)}>
        {historyBytes === null ? "unknown" : formatBytes(historyBytes)}
      </Fact>
    </FactStrip>
  );
}

/** Of all proofs the newest, unless a drill failed or is missing. */
function ProofFact({ whole: { databases }, nowMs }: { whole: WholeExposure; nowMs: number }) {
  const worst =
    databases.find(({ proof }) => proof.state === "failed") ?? databases.find(({ proof }) => proof.state === "overdue");
  const newest = databases
    .filter(({ proof }) => proof.atMs !== null)
    .toSorted((a, b) => (b.proof.atMs ?? 0) - (a.proof.atMs ?? 0))[0];
  const shown = worst ?? newest;
  if (!shown) return <Fact term="Last proven restore">never</Fact>;
  const { words, remark } = proofWords(shown.proof, nowMs);
  return (
    <Fact term="Last proven restore" remark={`${shown.database}${remark === "" ? "" : `, ${remark}`}`}>
      <span className={worst && (worst.proof.state === "failed" ? "text-danger-text" : "text-warn-text")}>{words}</span>
    </Fact>
  );
}

/** Where the histories lie beside this machine's disk. */
function secondCopyRemark({ databases }: WholeExposure): string {
  const copied = databases.filter(({ copies }) => copies.some(({ kind }) => kind === "second_copy")).length;
  if (copied === 0) return "on this disk only";
  const behind = databases.filter(isCopyBehind).length;
  if (behind > 0) return `second copy behind${behind < databases.length ? `, of ${behind}` : ""}`;
  return copied === databases.length ? "and in a second copy" : `of ${copied} a second copy`;
}
