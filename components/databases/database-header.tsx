"use client";

import { RefreshCw, ShieldCheck, TriangleAlert } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatAgo } from "../../lib/client/format-duration.ts";
import { useDatabase } from "../../lib/client/hooks/use-databases.ts";
import { AlarmBand } from "../alarms/alarm-band.tsx";
import type { PreviewActions } from "../previews/preview-actions.ts";
import { PreviewBar } from "../previews/preview-bar.tsx";
import { Chip } from "../ui/chip.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Note } from "../ui/note.tsx";
import { useNow } from "../ui/use-now.ts";
import { isCaptured, readStatus } from "./database-status.ts";
import { engineName } from "./engine-name.ts";

const TABS = [
  { path: "", text: "Overview" },
  { path: "/browse", text: "Browse" },
  { path: "/backups", text: "Backups" },
  { path: "/drills", text: "Drills" },
  { path: "/policy", text: "Policy" },
] as const;

/** A database's name, how it stands, and its tabs. */
export function DatabaseHeader({
  initial,
  renderedAtMs,
  previewActions,
}: {
  initial: DatabaseView;
  renderedAtMs: number;
  previewActions: PreviewActions;
}) {
  const path = usePathname();
  const nowMs = useNow() ?? renderedAtMs;
  const query = useDatabase(initial.namespace, initial.name, initial);
  const database = query.data ?? initial;
  const base = `/databases/${encodeURIComponent(database.name)}`;
  const bytes = database.capture?.databaseBytes;
  const status = readStatus(database);
  return (
    <>
      {database.preview && (
        <PreviewBar database={database} preview={database.preview} nowMs={nowMs} actions={previewActions} />
      )}
      <div className="border-b border-line px-6 pt-4 max-wide:px-4 max-wide:pt-3">
        <div className="flex flex-wrap items-center gap-2.5">
          <h1 className="text-20 font-semibold tracking-[-0.02em]">{database.name}</h1>
          <Chip tone="line" className="max-wide:hidden">
            {engineName(database)}
          </Chip>
          <Chip tone="line" className="max-wide:hidden">
            {database.origin}
          </Chip>
          <Chip tone="line" className="max-wide:hidden">
            {database.region}
          </Chip>
          <StatusChip database={database} renderedAtMs={renderedAtMs} />
          <span className="flex-1" />
          <span className="text-ink-3 max-wide:hidden">
            {bytes !== null && bytes !== undefined && `${formatBytes(bytes)} · `}window {database.windowDays} d
          </span>
        </div>
        <nav aria-label={database.name} className="mt-3 flex gap-5">
          {TABS.map((tab) => (
            <Link
              key={tab.path}
              href={base + tab.path}
              // At three in the morning this tab is the one: it comes whole before it is asked for.
              prefetch={tab.path === "/backups" ? true : null}
              aria-current={decodeURIComponent(path) === decodeURIComponent(base + tab.path) ? "page" : undefined}
              className="-mb-px border-b-2 border-transparent pb-[9px] font-[450] text-ink-2 hover:text-ink aria-[current=page]:border-ink aria-[current=page]:font-[550] aria-[current=page]:text-ink max-wide:pt-2"
            >
              {tab.text}
            </Link>
          ))}
        </nav>
      </div>
      {query.error && <ErrorNote error={query.error} className="mx-6 mt-4 max-wide:mx-4" />}
      <AlarmBand databaseId={database.id} without={status.problem && "capture_stopped"} className="px-6" />
      {status.problem && !query.error && (
        <Note
          tone="danger"
          live
          className="rounded-none border-b border-danger-line px-6 max-wide:px-4"
          icon={<TriangleAlert size={16} strokeWidth={1.6} aria-hidden />}
          title={status.problem.cause}
        >
          {status.problem.remedy}
        </Note>
      )}
      {status.kind === "attention" && status.problem === null && (
        <Note
          tone="warn"
          className="rounded-none px-6 max-wide:px-4"
          icon={<TriangleAlert size={16} strokeWidth={1.6} aria-hidden />}
          title="Only one of the two keepers runs."
        >
          Every commit is captured, but a crash of that one process could make a gap. The other is being started again.
        </Note>
      )}
    </>
  );
}

function StatusChip({ database, renderedAtMs }: { database: DatabaseView; renderedAtMs: number }) {
  const nowMs = useNow() ?? renderedAtMs;
  const status = readStatus(database);
  const last = database.capture?.last;
  if (status.kind === "protected" || status.kind === "attention") {
    return (
      <Chip tone={status.kind === "protected" ? "ok" : "warn"}>
        <ShieldCheck aria-hidden />
        Protected{last && `, last write ${formatAgo(last.timeMs, nowMs)}`}
      </Chip>
    );
  }
  if (isCaptured(status) || status.kind === "preparing") {
    return (
      <Chip tone="accent">
        <RefreshCw aria-hidden className="motion-safe:animate-turn" />
        {status.words}
      </Chip>
    );
  }
  return (
    <Chip tone="danger">
      <TriangleAlert aria-hidden />
      {status.words}
    </Chip>
  );
}
