import { LastgoodError } from "../../../domain/errors.ts";
import type { Copied, Restored, RestorePlan } from "../../../domain/restore.ts";
import type {
  ImageCopyOrder,
  ImageFacts,
  ImageSource,
  ImageTarget,
  ProtectedDatabase,
  RestoreAround,
  Run,
} from "../../engine.ts";
import type { DatabaseCopies, EngineHands } from "../copies/database-copies.ts";
import { requireSamePageSize } from "../copies/other-state-pages.ts";
import type { EngineContext } from "../engine-context.ts";
import type { CommitInfo } from "../history/records.ts";
import { asMoment } from "../restore/find-moment.ts";
import { planRestore } from "../restore/plan-restore.ts";
import { type GoalSource, imageGoal } from "../restore/restore-goal.ts";
import { planImage } from "./plan-image.ts";

/** Restores whose state is no history's but that of an image file, which the agent has fetched and checked. */
export class ImageRestores {
  readonly #context: EngineContext;
  readonly #engine: EngineHands;
  readonly #copies: DatabaseCopies;

  constructor(context: EngineContext, engine: EngineHands, copies: DatabaseCopies) {
    this.#context = context;
    this.#engine = engine;
    this.#copies = copies;
  }

  /** @param db what is written; where that is still to be made, the database that the backup is of */
  async planImage(db: ProtectedDatabase, image: ImageFacts, target: ImageTarget): Promise<RestorePlan> {
    const history = this.#context.historyOf(db);
    const from = asMoment(history, history.newest());
    const facts = { databaseId: db.id, image, target, from };
    if (target.kind === "preview") {
      requireSamePageSize(history.pageSize, image.pageSizeBytes);
      // All of the preview's own is overwritten.
      const commits = history.newest().txid - history.oldest().txid;
      return planImage({ ...facts, commits, pages: null, way: db.restoreWay ?? "append" });
    }
    const inWindow = await this.#findInWindow(db, image);
    if (target.kind !== "project") {
      const commits = inWindow && history.newest().txid - inWindow.txid;
      return planImage({ ...facts, commits, pages: null, way: "copy" });
    }
    requireSamePageSize(history.pageSize, image.pageSizeBytes);
    const own = inWindow && planRestore(db, history, inWindow, target.lastRestoreId);
    const way = db.restoreWay ?? "append";
    return planImage({ ...facts, commits: own?.commits ?? null, pages: own?.pages ?? null, way });
  }

  /** Makes `target`, a hosted database without a file, and has it captured. Harmless to repeat. */
  copyImage({ image, target, restoreId }: ImageCopyOrder, run: Run): Promise<Copied> {
    const { bookmark, timeMs } = image;
    return this.#copies.publish(
      {
        from: { imageFile: image.file },
        sizeBytes: image.pageSizeBytes * image.pageCount,
        reached: { bookmark, timeMs },
        target,
        restoreId,
      },
      run,
    );
  }

  /** Brings a live database to the image's state as one commit of its own; see `restoreDatabase`. */
  async takeOverImage(
    db: ProtectedDatabase,
    restoreId: string,
    { bookmark, timeMs, fetch }: ImageSource,
    run: Run,
    around?: RestoreAround,
  ): Promise<Restored> {
    const goal: GoalSource = { reached: { bookmark, timeMs }, find: async () => imageGoal(await fetch()) };
    return this.#engine.bring(db, restoreId, goal, run, around);
  }

  /** The image's state in the database's own history; null: it is older, another's, or cannot be read. */
  async #findInWindow(db: ProtectedDatabase, { bookmark }: ImageFacts): Promise<CommitInfo | null> {
    try {
      return await this.#context.find(db, { bookmark });
    } catch (error) {
      if (error instanceof LastgoodError) return null;
      throw error;
    }
  }
}
