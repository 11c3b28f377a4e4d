import type { Bookmark } from "../../../domain/bookmark.ts";
import type { Copied, Restored, RestorePlan } from "../../../domain/restore.ts";
import type {
  EngineImages,
  ImageCopyOrder,
  ImageFacts,
  ImageSource,
  ImageStream,
  ImageTarget,
  ProtectedDatabase,
  RestoreAround,
  Run,
} from "../../engine.ts";
import { runChild } from "../../processes/run-child.ts";
import { streamChild } from "../children/stream-child.ts";
import type { DatabaseCopies, EngineHands } from "../copies/database-copies.ts";
import type { EngineContext } from "../engine-context.ts";
import { asMoment } from "../restore/find-moment.ts";
import type { CheckedImage, CheckImageFileQuestion } from "./check-image-child.ts";
import { IMAGE_FORMAT, readImageHeader } from "./image-header.ts";
import { ImageRestores } from "./image-restores.ts";
import type { ReadImageQuestion } from "./read-image-child.ts";

/** States of databases as streams, out of their histories, and restored from files. No live file is read. */
export class DatabaseImages implements EngineImages {
  readonly #context: EngineContext;
  readonly #copies: DatabaseCopies;
  readonly #restores: ImageRestores;

  constructor(context: EngineContext, engine: EngineHands, copies: DatabaseCopies) {
    this.#context = context;
    this.#copies = copies;
    this.#restores = new ImageRestores(context, engine, copies);
  }

  planImage(db: ProtectedDatabase, image: ImageFacts, target: ImageTarget): Promise<RestorePlan> {
    return this.#restores.planImage(db, image, target);
  }

  copyImage(order: ImageCopyOrder, run: Run): Promise<Copied> {
    return this.#restores.copyImage(order, run);
  }

  takeOverImage(
    db: ProtectedDatabase,
    restoreId: string,
    image: ImageSource,
    run: Run,
    around?: RestoreAround,
  ): Promise<Restored> {
    return this.#restores.takeOverImage(db, restoreId, image, run, around);
  }

  async read(db: ProtectedDatabase, at: Bookmark, run: Run): Promise<ImageStream> {
    const commit = await this.#context.find(db, { bookmark: at });
    const history = this.#context.historyOf(db);
    return {
      format: IMAGE_FORMAT,
      ...asMoment(history, commit),
      sizeBytes: commit.sizeAfter * history.pageSize,
      body: this.#body(db, commit.txid, run.signal),
    };
  }

  describe(format: string, head: Uint8Array, sizeBytes: number): CheckedImage {
    return readImageHeader(format, head, sizeBytes);
  }

  check(format: string, file: string): Promise<CheckedImage> {
    const input: CheckImageFileQuestion = { format, file };
    return runChild<CheckedImage>({ script: new URL("./check-image-child.ts", import.meta.url), input });
  }

  async *#body(db: ProtectedDatabase, txid: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const read = Promise.withResolvers<void>();
    void this.#copies.reading(db.id, () => read.promise);
    try {
      const input: ReadImageQuestion = { historyDirectory: this.#context.historyDirectory(db), txid };
      yield* streamChild({ script: new URL("./read-image-child.ts", import.meta.url), input, signal });
    } finally {
      read.resolve();
    }
  }
}
