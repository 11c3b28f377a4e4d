import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { readStatus } from "./database-status.ts";

/** What would be missing from the history if its database vanished now. */
export type Exposure = { words: string; remark: string };

/**
 * A hosted database acknowledges a write once it is kept, so nothing acknowledged is missing. An attached one is copied
 * right after each commit. Where capture does not run it is everything since; `knownThroughMs` is until when the history
 * reaches as far as the window tells.
 */
export function exposureOf(database: DatabaseView, knownThroughMs: number | null, nowMs: number): Exposure {
  const { kind } = readStatus(database);
  const { capture } = database;
  if (kind === "unknown") return { words: "unknown", remark: "" };
  if (kind === "preparing") return { words: "everything", remark: "until the first copy is complete" };
  if (kind === "unprotected") {
    const sinceMs = capture?.capturedThroughMs ?? knownThroughMs;
    return sinceMs === null
      ? { words: "everything", remark: "nothing is captured" }
      : { words: `the last ${formatDuration(Math.floor((nowMs - sinceMs) / 1000) * 1000)}`, remark: "and growing" };
  }
  if (database.origin === "hosted") return { words: "0 writes", remark: "kept before they are answered" };
  return { words: "≤ 1 s of writes", remark: "copied after each commit" };
}
