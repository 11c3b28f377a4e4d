import type { AroundOffer } from "../domain/hooks.ts";
import type { RestorePlan } from "../domain/restore.ts";
import type { DatabaseState } from "./api-types.ts";

/** A restored copy of a project. Times are Unix milliseconds. */
export type PreviewView = {
  id: string;
  name: string;
  parentId: string;
  /** Null once the project was deleted. */
  parentName: string | null;
  state: DatabaseState;
  /** Why it could not be made, while `failed`. */
  problem: string | null;
  createdAtMs: number;
  createdBy: string | null;
  /** When it is deleted by itself; null while it is being made. */
  expiresAtMs: number | null;
  /** The state of the project that it was made from, or that it was last overwritten with. */
  sourceTimeMs: number | null;
  sourceBookmark: string | null;
  /** The restore that made it or last overwrote it, and one that is under way now. */
  restoreId: string | null;
  openRestoreId: string | null;
  databaseBytes: number | null;
};

/** GET /api/namespaces/:ns/databases/:db/previews, of a project; newest first. */
export type PreviewsView = { previews: PreviewView[]; limit: number; next: string | null };

/** POST …/databases/:preview/extend; the new end is so many hours from now. */
export type ExtendPreviewBody = { ttlHours: number };

/** Where a restore goes, as POST …/plan and the server action `startRestore` take it beside the source; default: `project`. */
export type RestoreTargetBody =
  | { target?: "project" }
  | { target: "new_preview"; name?: string; ttlHours?: number }
  | { target: "new_database"; name?: string }
  | { target: "preview"; previewId: string };

/** POST …/databases/:project/cutover/plan {previewId} */
export type CutoverPlanView = {
  preview: PreviewView;
  /** `to` is the preview's newest state, `from` the project's; `pages` those that differ, `commits` the project's since `base`. */
  plan: RestorePlan;
  /**
   * The project's state from which the preview was made: what the project wrote since would be lost, which is what
   * `GET …/diff?from=<base.bookmark>&to=now` counts. Null once it is older than the window.
   */
  base: { bookmark: string; timeMs: number } | null;
  around: AroundOffer;
};
