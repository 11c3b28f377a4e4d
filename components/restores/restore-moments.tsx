import { formatDifference } from "../../lib/client/format-duration.ts";
import { formatClock } from "../../lib/client/format-time.ts";
import type { RestoreIntent } from "./restore-dialog.tsx";

/** Asked for and resolves to, always in this order and these words; of a backup, which one and what it holds. */
export function RestoreMoments({ intent, zone }: { intent: RestoreIntent; zone: string }) {
  const apartMs = intent.askedMs === null ? 0 : intent.askedMs - intent.timeMs;
  return (
    <dl className="mb-4 flex flex-wrap gap-x-8 gap-y-1 border-b border-line pb-4">
      <div>
        <dt className="text-12 text-ink-3">{intent.backup ? "Backup" : "Asked for"}</dt>
        <dd className={intent.backup ? "text-16 font-[550]" : "font-mono text-16 font-[550] tracking-[-0.02em]"}>
          {intent.backup?.title ??
            (intent.askedMs === null ? "this commit" : formatClock(intent.askedMs, zone, "millisecond"))}
        </dd>
      </div>
      <div>
        <dt className="text-12 text-ink-3">{intent.backup ? "Holds the state of" : "Resolves to"}</dt>
        <dd className="font-mono text-16 font-[550] tracking-[-0.02em] text-accent">
          {formatClock(intent.timeMs, zone, "millisecond")}
          {apartMs > 0 && (
            <span className="ml-1.5 font-sans text-12 font-normal tracking-normal text-ink-3">
              {formatDifference(apartMs)} before
            </span>
          )}
        </dd>
      </div>
    </dl>
  );
}
