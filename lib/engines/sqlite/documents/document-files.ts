import path from "node:path";
import { disk } from "../../../storage/disk.ts";
import { UNFINISHED, writeFileDurably } from "../../../storage/durable-file.ts";
import type { DocumentRestored } from "../../engine-documents.ts";
import type { ReplacedTables } from "./replace-tables.ts";

/** Written while the write lock is held and nothing is committed: if it takes place, it is the very next commit. */
export type DocumentAttempt = { version: 1; startTxid: number; replaced: ReplacedTables };

/** The folder of one restore of a document, which outlives crashes; see `RestoreFiles`. */
export class DocumentFiles {
  readonly #directory: string;

  /** @param root folder of all of them */
  constructor(root: string, restoreId: string) {
    this.#directory = path.join(root, restoreId);
    disk.mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
  }

  get stageFile(): string {
    return path.join(this.#directory, "rows.db");
  }

  get imageFile(): string {
    return path.join(this.#directory, "image.db");
  }

  get hasRows(): boolean {
    return disk.existsSync(this.stageFile);
  }

  readAttempt(): DocumentAttempt | null {
    return this.#read<DocumentAttempt>("attempt.json");
  }

  writeAttempt(attempt: DocumentAttempt): void {
    this.#write("attempt.json", attempt);
  }

  /** Forgets an attempt that had no effect. */
  forgetAttempt(): void {
    disk.rmSync(path.join(this.#directory, "attempt.json"), { force: true });
  }

  readDone(): DocumentRestored | null {
    return this.#read<DocumentRestored>("done.json");
  }

  writeDone(done: DocumentRestored): void {
    this.#write("done.json", done);
  }

  /** Rows of people's are kept for no longer than they are needed; a repeat answers what was done. */
  removeRows(): void {
    for (const end of ["", UNFINISHED]) disk.rmSync(`${this.stageFile}${end}`, { force: true });
  }

  removeImage(): void {
    for (const end of ["", ".pages"]) disk.rmSync(`${this.imageFile}${end}`, { force: true });
  }

  #read<T>(name: string): T | null {
    try {
      return JSON.parse(disk.readFileSync(path.join(this.#directory, name), "utf8")) as T;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
      throw error;
    }
  }

  #write(name: string, content: unknown): void {
    writeFileDurably(path.join(this.#directory, name), Buffer.from(JSON.stringify(content)));
  }
}
