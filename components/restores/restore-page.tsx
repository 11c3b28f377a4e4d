"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Server, X } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { apiClient } from "../../lib/client/api-client.ts";
import type { DatabaseView, RestoreView } from "../../lib/client/api-types.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { formatClock, formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { useRestore } from "../../lib/client/hooks/use-restores.ts";
import { queryKeys } from "../../lib/client/query-keys.ts";
import type { GiveBackActions } from "../give-back/give-back-actions.ts";
import { BookmarkText } from "../recovery/bookmark-text.tsx";
import { AnswerHead } from "../shell/answer-head.tsx";
import { useRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Note } from "../ui/note.tsx";
import { TextLink } from "../ui/text-link.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import { HeldWrites } from "./held-writes.tsx";
import type { RestoreActions } from "./restore-actions.ts";
import { RestoreChecks } from "./restore-checks.tsx";
import { RestoreLegs } from "./restore-legs.tsx";
import { RestoreLines } from "./restore-lines.tsx";
import { CompletedReport, EndedReport } from "./restore-report.tsx";
import { RestoreStages } from "./restore-stages.tsx";
import { isOpen, stageWords } from "./restore-words.ts";
import { timeLeft } from "./stage-times.ts";

/** One restore from its start to what it reached. All of it is read from the server: a reload loses nothing. */
export function RestorePage({
  initial,
  database,
  renderedAtMs,
  undo,
  undoRows,
}: {
  initial: RestoreView;
  database: DatabaseView;
  renderedAtMs: number;
  undo: RestoreActions["undo"];
  undoRows: GiveBackActions["undo"];
}) {
  const nowMs = useNow() ?? renderedAtMs;
  const { zone } = useZone();
  const queryClient = useQueryClient();
  const query = useRestore(database.namespace, database.name, initial.id, initial);
  const restore = query.data ?? initial;
  const { status } = restore;
  useEffect(() => {
    // The database stands elsewhere now: what pages know of its window and its newest commit is old.
    if (status === "completed") {
      void queryClient.invalidateQueries({
        queryKey: queryKeys.database(database.namespace, database.name),
        refetchType: "none",
      });
    }
  }, [status, queryClient, database.namespace, database.name]);

  return (
    <div className="grid flex-1 grid-cols-[minmax(0,1fr)_344px] max-roomy:grid-cols-1">
      <main id="main" className="max-w-[860px] px-8 py-6 max-wide:px-4">
        {query.error && <ErrorNote error={query.error} className="mb-4" />}
        <div aria-live="polite">
          {status === "completed" && (
            <CompletedReport
              restore={restore}
              database={database}
              zone={zone}
              nowMs={nowMs}
              undo={undo}
              undoRows={undoRows}
            />
          )}
          {(status === "failed" || status === "cancelled") && <EndedReport restore={restore} zone={zone} />}
          {isOpen(restore) && <RunningHead restore={restore} database={database} zone={zone} nowMs={nowMs} />}
        </div>
        {isOpen(restore) && (
          <>
            <RestoreLegs restore={restore} nowMs={nowMs} />
            <div className="mt-7">
              <RestoreStages restore={restore} nowMs={nowMs} />
            </div>
            {restore.stage === "hold" ? (
              <HeldWrites restore={restore} namespace={database.namespace} />
            ) : (
              <CancelRestore restore={restore} namespace={database.namespace} />
            )}
          </>
        )}
        <RestoreChecks restore={restore} />
        <RestoreLines restore={restore} zone={zone} />
      </main>
      <aside
        aria-label="This restore"
        className="border-line bg-canvas px-5 py-6 max-roomy:border-t max-wide:px-4 roomy:border-l"
      >
        {!isOpen(restore) && (
          <div className="mb-4 border-b border-line pb-1">
            <h2 className="mb-3 text-14 font-semibold">How it went</h2>
            <RestoreStages restore={restore} nowMs={nowMs} short />
          </div>
        )}
        <h2 className="mb-2 text-14 font-semibold">This restore</h2>
        <Details restore={restore} zone={zone} nowMs={nowMs} />
        {isOpen(restore) && (
          <Note className="mt-4 bg-sunken" icon={<Server size={16} strokeWidth={1.6} aria-hidden />}>
            Runs on the agent in {database.region}. Closing this page or restarting the console changes nothing.
          </Note>
        )}
      </aside>
    </div>
  );
}

function RunningHead({
  restore,
  database,
  zone,
  nowMs,
}: {
  restore: RestoreView;
  database: DatabaseView;
  zone: string;
  nowMs: number;
}) {
  const leftMs = timeLeft(restore, nowMs);
  const doneAt =
    leftMs === null || leftMs < 10_000
      ? ""
      : ` Done at about ${formatClock(nowMs + leftMs, zone)} ${formatZone(zone)}.`;
  return (
    <AnswerHead
      question={`${doingWords(restore)} to ${formatClock(restore.to.timeMs, zone, "millisecond")} ${formatZone(zone)}`}
      answer={answerOf(restore, leftMs)}
      lede={`${meanwhileOf(restore, database)}${doneAt}`}
    />
  );
}

function doingWords({ target, databaseName, copy, secondCopy }: RestoreView): string {
  if (secondCopy) return `Bringing ${databaseName} back`;
  if (target === "rows") return `Giving rows of ${databaseName} back, as of`;
  return target === "project" || target === "cutover"
    ? `Restoring ${databaseName}`
    : `Restoring a copy of ${databaseName}${copy ? `, ${copy.name},` : ""}`;
}

function answerOf(restore: RestoreView, leftMs: number | null): string {
  if (restore.stage === null) return "Waiting for the agent.";
  const left = leftMs === null ? null : formatDuration(Math.max(1, Math.ceil(leftMs / 1000)) * 1000);
  if (restore.stage === "hold") return `Restored. Writes are held for ${left ?? "a moment"} at most.`;
  return left === null ? `${stageWords(restore.stage, restore).doing}.` : `About ${left} left.`;
}

/** What applications notice of it while it runs. */
function meanwhileOf(restore: RestoreView, { engine, origin }: DatabaseView): string {
  if (restore.target !== "project" && restore.target !== "cutover") {
    if (restore.secondCopy) return "It is made beside everything else that is here, out of the bucket.";
    return restore.target === "rows"
      ? "They come as one transaction: readers see all of them or none."
      : `${restore.databaseName} is not touched: no application of it notices anything.`;
  }
  if (engine === "postgres") {
    return origin === "hosted"
      ? "Applications go on until it is swapped in; then their connections are cut for about a second. The connection string stays."
      : "Applications go on while it is recovered; then whoever reads or writes waits until the one transaction that writes it has ended.";
  }
  if (origin === "hosted") return "Callers get 503 with Retry-After until it is done. No other database notices.";
  if (restore.stage === "hold") {
    return "Restart what keeps rows in memory now: reading goes on, and nothing can be written on top of what it remembers.";
  }
  return "Programs that have the file open go on; they see the old state as soon as it is written.";
}

function CancelRestore({ restore, namespace }: { restore: RestoreView; namespace: string }) {
  const queryClient = useQueryClient();
  const refusal = useRefusal("restore.cancel");
  const cancellation = useMutation({
    mutationFn: () => apiClient.cancelRestore(namespace, restore.databaseId, restore.id),
    onSettled: () => queryClient.invalidateQueries({ queryKey: queryKeys.namespace(namespace) }),
  });
  return (
    <div className="flex flex-wrap items-center gap-2 border-t border-line pt-4">
      <Button
        blockedBy={refusal ?? (restore.cancellable ? null : "It is being written: from here on it ends by itself.")}
        disabled={cancellation.isPending || cancellation.isSuccess}
        onClick={() => cancellation.mutate()}
      >
        <X size={16} strokeWidth={1.6} aria-hidden />
        {cancellation.isPending || cancellation.isSuccess ? "Cancelling…" : "Cancel restore"}
      </Button>
      <span className="text-ink-3">
        {restore.cancellable
          ? `Safe: ${restore.databaseName} is untouched until it is written.`
          : "Past the last point to cancel. Undo it afterwards instead."}
      </span>
      {cancellation.error && <ErrorNote error={cancellation.error} className="mt-2 basis-full" />}
    </div>
  );
}

function Details({ restore, zone, nowMs }: { restore: RestoreView; zone: string; nowMs: number }) {
  const runsForMs = restore.startedAtMs !== null && isOpen(restore) ? nowMs - restore.startedAtMs : null;
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-2 text-12 [&_dd]:text-right [&_dt]:text-ink-3">
      <Detail term="Asked for">
        {restore.askedMs === null ? (
          "a commit"
        ) : (
          <time>{formatMoment(restore.askedMs, zone, nowMs, "millisecond")}</time>
        )}
      </Detail>
      <Detail term="Resolves to">
        <time>{formatMoment(restore.to.timeMs, zone, nowMs, "millisecond")}</time>
      </Detail>
      <Detail term="Its bookmark">
        {restore.to.bookmark === "" ? "not known yet" : <BookmarkText bookmark={restore.to.bookmark} />}
      </Detail>
      {restore.previous && (
        <Detail term="Before the restore">
          <BookmarkText bookmark={restore.previous.bookmark} />
        </Detail>
      )}
      {restore.startedAtMs !== null && (
        <Detail term="Started">
          <time>{`${formatMoment(restore.startedAtMs, zone, nowMs)} ${formatZone(zone)}`}</time>
        </Detail>
      )}
      {runsForMs !== null && <Detail term="Running for">{formatDuration(runsForMs)}</Detail>}
      {restore.requestedBy && <Detail term="Started by">{restore.requestedBy}</Detail>}
      {restore.approval && (
        <Detail term="Approved by">
          <TextLink href={`/approvals/${restore.approval.id}`} className="text-12">
            {restore.approval.approvedBy.join(", ")}
          </TextLink>
        </Detail>
      )}
      {restore.reason && <Detail term="Reason">{restore.reason}</Detail>}
    </dl>
  );
}

function Detail({ term, children }: { term: string; children: ReactNode }) {
  return (
    <>
      <dt>{term}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
