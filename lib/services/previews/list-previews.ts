import type { PreviewsView, PreviewView } from "../../client/preview-types.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, visibleTo } from "../databases/find-database.ts";
import { A_PAGE, NEWEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { findPreview } from "./find-preview.ts";
import { previewLimitOf } from "./preview-names.ts";
import { toPreviewViews } from "./to-preview-view.ts";

type OfDatabase = { namespace: string; database: string };

/** A page of a project's previews, newest first, and how many it may have; `next` is what `after` takes for the one after it. */
export async function listPreviews(
  ctx: CallContext,
  { namespace, database, after, limit = A_PAGE }: OfDatabase & PageInput,
): Promise<PreviewsView> {
  const found = await perform(ctx, "database.read", { namespace }, async ({ db, principal }) => {
    const project = await findDatabase(db, principal, database);
    const page = openPage(["previews", project.id], { after, limit }, NEWEST_FIRST);
    const rows = await db.database.findMany({
      where: {
        AND: [visibleTo(principal), { parentId: project.id, kind: "preview", deletedAtMs: null }, page.behind],
      },
      orderBy: page.orderBy,
      take: page.take,
    });
    return { principal, ...page.close(rows), limit: previewLimitOf(project) };
  });
  return { previews: await toPreviewViews(found.principal, found.rows), limit: found.limit, next: found.next };
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
