import type { GiveBackPlanView } from "../../client/give-back-types.ts";
import { type MetadataReader, metadata } from "../../db/client.ts";
import type { Bookmark } from "../../domain/bookmark.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { GiveBackPlan, GiveBackSelection } from "../../domain/give-back.ts";
import type { RestoreSource } from "../../domain/restore-source.ts";
import type { UndoneRestore } from "../approvals/approval-required.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase, mayWrite, requireProtected } from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";
import { authorise } from "../perform.ts";
import { findRestore } from "../restores/get-restore.ts";
import { resolveInHistory } from "../restores/resolve-source.ts";
import { askForRows, orderOfUndo } from "./ask-for-rows.ts";
import { changesExisting, requireGiveBack } from "./require-give-back.ts";
import { withoutValues } from "./without-values.ts";

export type GiveBackQuestion = { source: RestoreSource; selection: GiveBackSelection } | { undoOf: string };

/** What giving rows back, or undoing that, would do. Changes nothing. Rows are shown to those who may view the past. */
export async function planGiveBack(
  ctx: CallContext,
  { namespace, database, ask }: { namespace: string; database: string; ask: GiveBackQuestion },
): Promise<GiveBackPlanView> {
  const { row, principal, undone } = await authorise(ctx, "restore.give-back", { namespace }, async (db, principal) => {
    const row = await findDatabase(db, principal, database);
    const undone = "undoOf" in ask ? await findRestore(db, row, ask.undoOf) : null;
    return { row, principal, undone };
  });
  requireProtected(row);
  const mayView = principal.scopes === "all" || principal.scopes.includes("database.view");
  if (undone) {
    const plan = await askForRows(row, orderOfUndo(undone));
    return {
      plan: mayView ? plan : withoutValues(plan),
      askedMs: null,
      allowed: await allowedFor(metadata(), principal, row, plan, undone),
    };
  }
  if ("undoOf" in ask) throw new Error("an undo has what it undoes");
  const resolved = await resolveInHistory(row, ask.source);
  const { selection } = ask;
  const plan = await askForRows(row, { kind: "give-back", from: resolved.bookmark as Bookmark, selection });
  return {
    plan: mayView ? plan : withoutValues(plan),
    askedMs: resolved.askedMs,
    allowed: await allowedFor(metadata(), principal, row, plan, null),
  };
}

async function allowedFor(
  db: MetadataReader,
  principal: Principal,
  row: DatabaseRow,
  plan: GiveBackPlan,
  undone: UndoneRestore | null,
): Promise<GiveBackPlanView["allowed"]> {
  if (!(await mayWrite(db, principal, row))) return "forbidden";
  try {
    await requireGiveBack(db, principal, row, changesExisting(plan), undone);
    return "yes";
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    return error.code === "approval_required" ? "ask" : "hours";
  }
}
