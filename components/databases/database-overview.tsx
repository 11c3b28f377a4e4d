"use client";

import { Trash2 } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { usePolicy } from "../../lib/client/hooks/use-approvals.ts";
import { useDatabase } from "../../lib/client/hooks/use-databases.ts";
import { useWindow } from "../../lib/client/hooks/use-history.ts";
import type { AskAction } from "../approvals/approval-actions.ts";
import { AskDeletionDialog } from "../approvals/ask-deletion-dialog.tsx";
import { AttachedServerWords } from "../clusters/attached-server-words.tsx";
import { ClusterFacts } from "../clusters/cluster-facts.tsx";
import type { ConnectionActions } from "../clusters/connection-actions.ts";
import { ConnectionSection } from "../clusters/connection-section.tsx";
import { ZeroLossSection } from "../clusters/zero-loss-section.tsx";
import { ExposurePanel } from "../exposure/exposure-panel.tsx";
import { BookmarkText } from "../recovery/bookmark-text.tsx";
import { useRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { useNow } from "../ui/use-now.ts";
import { type ChangeDatabaseAction, DatabaseSettings } from "./database-settings.tsx";
import { hasHistory, readStatus } from "./database-status.ts";
import { DeleteDatabaseDialog, type RemoveDatabaseAction } from "./delete-database-dialog.tsx";
import { FactRow } from "./fact-row.tsx";
import { notKeptYet } from "./not-kept-yet.ts";
import { PreparationProgress } from "./preparation-progress.tsx";
import { QueryExample } from "./query-example.tsx";

/** What a database is, how it is reached, and the end of its protection. */
export function DatabaseOverview({
  initial,
  renderedAtMs,
  graceDays,
  remove,
  change,
  connection,
  ask,
}: {
  initial: DatabaseView;
  renderedAtMs: number;
  /** How long a deletion can be taken back. */
  graceDays: number;
  remove: RemoveDatabaseAction;
  change: ChangeDatabaseAction;
  connection: ConnectionActions;
  /** Where others must allow its deletion first. */
  ask: AskAction;
}) {
  const [isDeleting, setDeleting] = useState(false);
  const query = useDatabase(initial.namespace, initial.name, initial);
  const database = query.data ?? initial;
  const refusal = useRefusal("database.delete");
  const needed = usePolicy(initial.namespace, initial.name).data?.neededForMe ?? 0;
  const nowMs = useNow() ?? renderedAtMs;
  const status = readStatus(database);
  const isCluster = database.engine === "postgres";
  const isHosted = database.origin === "hosted";
  if (status.kind === "preparing") return <PreparationProgress database={database} />;
  return (
    <div className="max-w-[860px] px-6 py-5 max-wide:px-4">
      {hasHistory(database) ? (
        <>
          {database.kind === "project" && <ExposurePanel database={database} nowMs={nowMs} />}
          <Facts database={database} nowMs={nowMs} />
        </>
      ) : (
        <p className="text-14">
          {database.name} could not be protected, so nothing can be restored here. Deleting it makes its name free for
          the next attempt; whatever was captured of it stays for {formatCount(graceDays, "day")}.
        </p>
      )}
      {isCluster && database.state !== "failed" && <ClusterFacts database={database} nowMs={nowMs} />}
      {isCluster && isHosted && database.state !== "failed" && (
        <ConnectionSection database={database} actions={connection} />
      )}
      <section className="mt-8">
        {isHosted ? (
          <>
            <h2 className="mb-2 text-14 font-semibold">{isCluster ? "Query it over HTTP" : "Query it"}</h2>
            <QueryExample database={database} />
          </>
        ) : isCluster ? (
          <AttachedServerWords database={database} />
        ) : (
          <AttachedWords database={database} />
        )}
      </section>
      {isCluster && database.state !== "failed" && <ZeroLossSection database={database} change={change} />}
      {database.state !== "failed" && <DatabaseSettings database={database} graceDays={graceDays} change={change} />}
      <section className="mt-8 border-t border-line pt-4">
        <h2 className="mb-1 text-14 font-semibold">End its protection</h2>
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="max-w-[64ch] text-ink-2">
            {isHosted
              ? isCluster
                ? "The cluster stops, and nobody can connect to it any more."
                : "The database goes, and with it the way to query it."
              : isCluster
                ? "Receiving ends and its slot goes; the server stays as it is, and so does every application of it."
                : "Capture ends; the file stays as it is, and so does the program that writes it."}
          </p>
          <Button tone="risk" blockedBy={refusal} onClick={() => setDeleting(true)}>
            <Trash2 size={16} strokeWidth={1.6} aria-hidden />
            Delete…
          </Button>
        </div>
      </section>
      {isDeleting && needed === 0 && (
        <DeleteDatabaseDialog
          database={database}
          graceDays={graceDays}
          remove={remove}
          onClose={() => setDeleting(false)}
        />
      )}
      {isDeleting && needed > 0 && (
        <AskDeletionDialog database={database} needed={needed} ask={ask} onClose={() => setDeleting(false)} />
      )}
    </div>
  );
}

function Facts({ database, nowMs }: { database: DatabaseView; nowMs: number }) {
  const window = useWindow(database.namespace, database.name);
  const { capture } = database;
  const missing = notKeptYet(database, window.data?.capturedThroughMs ?? null, nowMs);
  const gaps = window.data?.gaps.length;
  return (
    <section>
      <h2 className="mb-1 text-14 font-semibold">Protection</h2>
      <dl>
        <FactRow term="Newest kept state">
          {capture?.last ? (
            <span className="flex flex-wrap items-center gap-x-3">
              <MomentText ms={capture.last.timeMs} precision="millisecond" withZone />
              <BookmarkText bookmark={capture.last.bookmark} />
            </span>
          ) : (
            "none yet"
          )}
        </FactRow>
        <FactRow term="Oldest moment in reach">
          {window.data ? (
            window.data.oldest ? (
              <span>
                <MomentText ms={window.data.oldest.timeMs} withZone />
                <span className="text-ink-3">, at most {formatCount(database.windowDays, "day")} back</span>
              </span>
            ) : (
              "none yet"
            )
          ) : (
            <Skeleton className="h-4 w-40" />
          )}
        </FactRow>
        <FactRow term="Gaps">
          {gaps === undefined ? <Skeleton className="h-4 w-16" /> : formatCount(gaps, "gap")}
        </FactRow>
        <FactRow term="Not kept yet">
          {missing.words}
          {missing.remark && <span className="text-ink-3">, {missing.remark}</span>}
        </FactRow>
        <FactRow term="Size">
          {capture?.databaseBytes == null ? "unknown" : formatBytes(capture.databaseBytes)}
          {capture?.historyBytes != null && (
            <span className="text-ink-3">, its history {formatBytes(capture.historyBytes)}</span>
          )}
        </FactRow>
        {database.path !== null && (
          <FactRow term={pathTerm(database)}>
            <span className="inline-flex max-w-full items-center gap-1">
              <code className="break-all">{database.path}</code>
              <CopyButton
                text={database.path}
                label={
                  database.engine === "postgres" && database.origin === "attached"
                    ? "Copy the address"
                    : "Copy the path"
                }
              />
            </span>
          </FactRow>
        )}
      </dl>
      <p className="mt-3">
        <Link
          href={`/databases/${encodeURIComponent(database.name)}/backups`}
          className="rounded-1 font-medium text-accent underline-offset-3 hover:underline"
        >
          Choose a moment to go back to
        </Link>
      </p>
    </section>
  );
}

function pathTerm({ engine, origin }: DatabaseView): string {
  if (engine === "sqlite") return "File";
  return origin === "hosted" ? "Data directory" : "Server";
}

function AttachedWords({ database }: { database: DatabaseView }) {
  return (
    <>
      <h2 className="mb-2 text-14 font-semibold">What attached means</h2>
      <ul className="grid max-w-[72ch] list-disc gap-1.5 pl-5 text-14 text-ink-2 marker:text-ink-3">
        <li>Your program keeps the file open and writes it as before; nothing about it changes.</li>
        <li>
          Lastgood reads each commit from the write-ahead log of {database.name} and keeps it. It never holds up your
          writers longer than a checkpoint does.
        </li>
        <li>
          A restore is one ordinary commit in that log. Programs see it with their next read, without reopening the
          file.
        </li>
        <li>Do not replace the file by renaming another one over it: capture notices, stops and says so.</li>
      </ul>
    </>
  );
}
