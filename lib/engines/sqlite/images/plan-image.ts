import { createHash } from "node:crypto";
import type { Bookmark } from "../../../domain/bookmark.ts";
import type { RestorePlan } from "../../../domain/restore.ts";
import type { ImageFacts, ImageTarget } from "../../engine.ts";

/** Milliseconds: starting processes; then fetching and unpacking what is stored, checking it, and writing it. */
const BEGIN_MS = 1_500;
const FETCH_BYTES_PER_MS = 50_000;
const WRITE_BYTES_PER_MS = 80_000;

export type PlanImageFacts = {
  databaseId: string;
  image: ImageFacts;
  target: ImageTarget;
  /** The newest state of what is written, or of the database that a new one is made from. */
  from: { bookmark: Bookmark; timeMs: number };
  /** Commits between the image's state and `from`; null: not known. */
  commits: number | null;
  /** Upper bound of the pages that differ; null: all may. */
  pages: number | null;
  way: RestorePlan["way"];
};

/** What a restore from a backup's image would do. Nothing of the image itself has been read for it. */
export function planImage({ databaseId, image, target, from, commits, pages, way }: PlanImageFacts): RestorePlan {
  const bytes = image.pageSizeBytes * image.pageCount;
  const isAppended = way === "append" && pages !== null;
  const written = isAppended ? Math.min(pages, image.pageCount) : image.pageCount;
  return {
    databaseId,
    target: target.kind,
    to: { bookmark: image.bookmark, timeMs: image.timeMs },
    from,
    commits,
    pages: written,
    pageSizeBytes: image.pageSizeBytes,
    estimateMs: Math.round(
      BEGIN_MS + bytes / FETCH_BYTES_PER_MS + (written * image.pageSizeBytes) / WRITE_BYTES_PER_MS,
    ),
    way,
    digest: digestOf(databaseId, image, target),
  };
}

/** Binds the very backup, its content and what it is restored into. */
function digestOf(databaseId: string, { backupId, sha256 }: ImageFacts, { kind, lastRestoreId }: ImageTarget): string {
  const bound = ["backup", databaseId, backupId, sha256, kind, lastRestoreId];
  return createHash("sha256").update(JSON.stringify(bound)).digest("hex");
}
