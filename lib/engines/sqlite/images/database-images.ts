import type { Bookmark } from "../../../domain/bookmark.ts";
import type { EngineImages, ImageStream, ProtectedDatabase, Run } from "../../engine.ts";
import { runChild } from "../children/run-child.ts";
import { streamChild } from "../children/stream-child.ts";
import type { EngineContext } from "../engine-context.ts";
import { asMoment } from "../restore/find-moment.ts";
import type { CheckedImage, CheckImageFileQuestion } from "./check-image-child.ts";
import { IMAGE_FORMAT, readImageHeader } from "./image-header.ts";
import type { ReadImageQuestion } from "./read-image-child.ts";

/** Runs something that reads a history for long; pruning waits for it. */
type Reading = <T>(databaseId: string, work: () => Promise<T>) => Promise<T>;

/** States of databases as streams, out of their histories. No live file is read. */
export class DatabaseImages implements EngineImages {
  readonly #context: EngineContext;
  readonly #reading: Reading;

  constructor(context: EngineContext, reading: Reading) {
    this.#context = context;
    this.#reading = reading;
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
    void this.#reading(db.id, () => read.promise);
    try {
      const input: ReadImageQuestion = { historyDirectory: this.#context.historyDirectory(db), txid };
      yield* streamChild({ script: new URL("./read-image-child.ts", import.meta.url), input, signal });
    } finally {
      read.resolve();
    }
  }
}
