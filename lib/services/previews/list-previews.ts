import type { PreviewsView, PreviewView } from "../../client/preview-types.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, visibleTo } from "../databases/find-database.ts";
import { perform } from "../perform.ts";
import { findPreview } from "./find-preview.ts";
import { previewLimitOf } from "./preview-names.ts";
import { toPreviewViews } from "./to-preview-view.ts";

type OfDatabase = { namespace: string; database: string };

/** The previews of a project, newest first, and how many it may have. */
export async function listPreviews(ctx: CallContext, { namespace, database }: OfDatabase): Promise<PreviewsView> {
  const found = await perform(ctx, "database.read", { namespace }, async ({ db, principal }) => {
    const project = await findDatabase(db, principal, database);
    const rows = await db.database.findMany({
      where: { AND: [visibleTo(principal), { parentId: project.id, kind: "preview", deletedAtMs: null }] },
      orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
    });
    return { principal, rows, limit: previewLimitOf(project) };
  });
  return { previews: await toPreviewViews(found.principal, found.rows), limit: found.limit };
}

/** One preview. */
export async function getPreview(ctx: CallContext, { namespace, database }: OfDatabase): Promise<PreviewView> {
  const { principal, row } = await perform(ctx, "database.read", { namespace }, async ({ db, principal }) => ({
    principal,
    row: await findPreview(db, principal, database),
  }));
  const [view] = await toPreviewViews(principal, [row]);
  if (!view) throw new Error("a preview that exists has a view");
  return view;
}
