import type { RestorePlan } from "../../../domain/restore.ts";
import type { ImageTarget, ProtectedDatabase } from "../../engine.ts";
import type { DocumentFacts } from "../../engine-documents.ts";
import type { HistoryView } from "../history/records.ts";
import { planImage } from "../images/plan-image.ts";
import { asMoment } from "../restore/find-moment.ts";

/** Rows are written one by one, and those of before are read and removed. */
const ROW_BYTES_PER_MS = 10_000;

/** What the restore of a document would do: its tables are replaced, so nobody can say by how many commits that goes back. */
export function planDocument(
  db: ProtectedDatabase,
  history: HistoryView,
  { sizeBytes, ...document }: DocumentFacts,
  target: ImageTarget,
): RestorePlan {
  const { pageSize } = history;
  const image = { ...document, pageSizeBytes: pageSize, pageCount: Math.ceil(sizeBytes / pageSize) };
  const from = asMoment(history, history.newest());
  const isNew = target.kind === "new_preview" || target.kind === "new_database";
  const way = isNew ? "copy" : "rows";
  const plan = planImage({ databaseId: db.id, image, target, from, commits: null, pages: null, way });
  return { ...plan, estimateMs: Math.round(plan.estimateMs + sizeBytes / ROW_BYTES_PER_MS) };
}
