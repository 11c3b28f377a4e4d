"use client";

import { Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatAgo, formatDuration } from "../../lib/client/format-duration.ts";
import type { ClusterHealth } from "../../lib/domain/cluster-health.ts";
import { FactRow } from "../databases/fact-row.tsx";
import { Note } from "../ui/note.tsx";

const SERVER_WORDS = {
  starting: "starting",
  running: "running",
  stopped: "stopped",
  unreachable: "does not answer",
} as const satisfies Record<ClusterHealth["server"], string>;

const RECEIVER_WORDS = {
  streaming: "as it is written",
  catching_up: "catching up",
  down: "not being received",
} as const satisfies Record<ClusterHealth["receiver"], string>;

/** How the log of a cluster gets here, and how far behind it is. */
export function ClusterFacts({ database, nowMs }: { database: DatabaseView; nowMs: number }) {
  const health = database.capture?.cluster ?? null;
  if (!health) return null;
  const { slot, lastBase } = health;
  return (
    <section className="mt-8">
      <h2 className="mb-1 text-14 font-semibold">Receiving its log</h2>
      <dl>
        <FactRow term="Server">
          <Word bad={health.server === "unreachable" || health.server === "stopped"}>
            {SERVER_WORDS[health.server]}
          </Word>
        </FactRow>
        <FactRow term="Its log is received">
          <Word bad={health.receiver === "down"}>{RECEIVER_WORDS[health.receiver]}</Word>
          <Quiet>{lagWords(health)}</Quiet>
        </FactRow>
        <FactRow term="Replication slot">
          <Word bad={slot.walStatus === "lost" || slot.walStatus === null}>
            {slot.walStatus === null ? "none" : slot.walStatus === "lost" ? "lost" : "holds the log"}
          </Word>
          <Quiet>
            {slot.safeBytes === null
              ? "until it was received, without a limit"
              : `until it was received, ${formatBytes(slot.safeBytes)} more at most`}
          </Quiet>
        </FactRow>
        <FactRow term="Last base backup">
          {lastBase ? (
            <>
              {formatAgo(lastBase.timeMs, nowMs)}
              <Quiet>{formatBytes(lastBase.sizeBytes)}, compressed</Quiet>
            </>
          ) : (
            "none yet"
          )}
        </FactRow>
        <FactRow term="Room for the history">
          {health.diskFreeBytes === null ? "unknown" : `${formatBytes(health.diskFreeBytes)} free`}
          {health.archiveBytes !== null && <Quiet>{formatBytes(health.archiveBytes)} of log kept</Quiet>}
        </FactRow>
      </dl>
      {health.mode === "limited" && (
        <Note
          tone="warn"
          className="mt-3"
          icon={<Info size={16} strokeWidth={1.6} aria-hidden />}
          title="Limited: the cluster serves, and nothing of it is kept."
        >
          No commit is received and no base backup is taken, since this machine has no PostgreSQL client programs. Once
          the distribution's packages are installed, it is protected from then on.
        </Note>
      )}
      {health.liftedSinceMs !== null && (
        <Note
          tone="danger"
          className="mt-3"
          icon={<TriangleAlert size={16} strokeWidth={1.6} aria-hidden />}
          title={`Zero loss is lifted since ${formatDuration(Math.max(0, nowMs - health.liftedSinceMs))}.`}
        >
          Commits are acknowledged without waiting, so nothing claims them until receiving has caught up.
        </Note>
      )}
    </section>
  );
}

function lagWords({ lagBytes, lagMs }: ClusterHealth): string {
  if (lagBytes === null) return "how far behind is not known";
  if (lagBytes === 0) return "0 bytes behind";
  return `${formatBytes(lagBytes)} behind${lagMs === null ? "" : `, for ${formatDuration(lagMs)}`}`;
}

function Word({ bad, children }: { bad: boolean; children: ReactNode }) {
  return <span className={bad ? "font-[550] text-danger-text" : undefined}>{children}</span>;
}

function Quiet({ children }: { children: ReactNode }) {
  return <span className="text-ink-3">, {children}</span>;
}
