import type { CutoverPlanView } from "../../client/preview-types.ts";
import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { RestorePlan } from "../../domain/restore.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase, requireProtected } from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";
import { authorise } from "../perform.ts";
import { findPreviewOf, requireProject } from "../previews/find-preview.ts";
import { toPreviewViews } from "../previews/to-preview-view.ts";
import { offerAround } from "./around-restore.ts";
import { askForTakeOver } from "./plan-into.ts";

/** A project, the preview that it is to become, and what that would do. */
export type CutoverDraft = {
  project: DatabaseRow;
  preview: DatabaseRow;
  plan: RestorePlan;
  /** The project's state that the preview was made from; null once it is older than the window. */
  base: { bookmark: string; timeMs: number } | null;
};

/** What making a preview's newest state the project's would do. Changes nothing. */
export async function planCutover(
  ctx: CallContext,
  { namespace, database, previewId }: { namespace: string; database: string; previewId: string },
): Promise<CutoverPlanView> {
  const found = await authorise(ctx, "restore.plan", { namespace }, async (db, principal) => {
    const project = await findDatabase(db, principal, database);
    requireProject(project, "be cut over to");
    return { principal, project, preview: await findPreviewOf(db, principal, project, previewId) };
  });
  const { plan, base } = await draftCutover(found.project, found.preview, null);
  const around = await offerAround(found.project, plan);
  return { preview: await viewOf(found.principal, found.preview), plan, base, around };
}

/**
 * Resolves what a cutover would take, and plans it.
 * @param at the preview's state; null: its newest, after everything acknowledged so far was captured
 */
export async function draftCutover(
  project: DatabaseRow,
  preview: DatabaseRow,
  at: string | null,
): Promise<CutoverDraft> {
  requireProtected(project);
  requireProtected(preview);
  const to = at ?? (await askAgentOf(preview, "current", { databaseId: preview.id })).bookmark;
  const base = await findBase(project, preview);
  const plan = await askForTakeOver(project, preview, to, { kind: "cutover", since: base?.bookmark ?? null });
  return { project, preview, plan, base };
}

/** Where the preview's state left the project's: its restore says so, as long as that is within the window. */
async function findBase(project: DatabaseRow, preview: DatabaseRow): Promise<CutoverDraft["base"]> {
  const restore = await metadata().restore.findFirst({
    where: { databaseId: project.id, targetDatabaseId: preview.id, status: "completed" },
    orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
    select: { reachedBookmark: true },
  });
  const bookmark = restore?.reachedBookmark ?? null;
  if (bookmark === null) return null;
  try {
    const found = await askAgentOf(project, "resolve", { databaseId: project.id, at: { bookmark } });
    return { bookmark: found.bookmark, timeMs: found.timeMs };
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "moment_outside_window") return null;
    throw error;
  }
}

async function viewOf(principal: Principal, preview: DatabaseRow) {
  const [view] = await toPreviewViews(principal, [preview]);
  if (!view) throw new Error("a preview that exists has a view");
  return view;
}
