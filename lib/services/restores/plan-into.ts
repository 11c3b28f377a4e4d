import { metadata } from "../../db/client.ts";
import type { RestorePlan } from "../../domain/restore.ts";
import type { RestoreInto } from "../../domain/restore-target.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { DatabaseRow } from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";
import { findPreviewOf } from "../previews/find-preview.ts";

const COMPARE_TIMEOUT_MS = 30_000;

/** The preview that a restore overwrites; null where it makes a database. */
export async function findOverwritten(
  principal: Principal,
  project: DatabaseRow,
  into: RestoreInto,
): Promise<DatabaseRow | null> {
  return into.kind === "preview" ? findPreviewOf(metadata(), principal, project, into.previewId) : null;
}

/** The engine's plan of a restore that writes another database than the one whose state it takes. */
export function askForPlanInto(
  source: DatabaseRow,
  toBookmark: string,
  into: RestoreInto,
  overwritten: DatabaseRow | null,
): Promise<RestorePlan> {
  if (into.kind !== "preview" || !overwritten) {
    const kind = into.kind === "new_database" ? "new_database" : "new_preview";
    return askAgentOf(source, "planCopy", { databaseId: source.id, to: toBookmark, kind });
  }
  return askForTakeOver(overwritten, source, toBookmark, { kind: "preview", since: null });
}

/** The engine's plan of giving a database a state of another one. */
export function askForTakeOver(
  written: DatabaseRow,
  source: DatabaseRow,
  toBookmark: string,
  { kind, since }: { kind: "preview" | "cutover"; since: string | null },
): Promise<RestorePlan> {
  const { id: databaseId, lastRestoreId } = written;
  const asked = { databaseId, sourceId: source.id, to: toBookmark, kind, since, lastRestoreId };
  return askAgentOf(written, "planTakeOver", asked, COMPARE_TIMEOUT_MS);
}
