import path from "node:path";
import { disk } from "../../../storage/disk.ts";
import { UNFINISHED, writeFileDurably } from "../../../storage/durable-file.ts";
import { readJsonFile } from "../../../storage/read-json-file.ts";

/** Written while the write lock is held and nothing is committed: if it takes place, it is the very next commit. */
export type CommitAttempt<Summary> = { version: 1; startTxid: number; summary: Summary };

/** The folder of one restore that writes rows as one commit, which outlives crashes; see `RestoreFiles`. */
export class CommitFiles<Summary, Done> {
  readonly #directory: string;

  /** @param root folder of all of them */
  constructor(root: string, restoreId: string) {
    this.#directory = path.join(root, restoreId);
    disk.mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
  }

  get stageFile(): string {
    return this.file("rows.db");
  }

  get imageFile(): string {
    return this.file("image.db");
  }

  get hasRows(): boolean {
    return disk.existsSync(this.stageFile);
  }

  readAttempt(): CommitAttempt<Summary> | null {
    return readJsonFile<CommitAttempt<Summary>>(this.file("attempt.json"));
  }

  writeAttempt(attempt: CommitAttempt<Summary>): void {
    this.#write("attempt.json", attempt);
  }

  /** Forgets an attempt that had no effect. */
  forgetAttempt(): void {
    disk.rmSync(this.file("attempt.json"), { force: true });
  }

  readDone(): Done | null {
    return readJsonFile<Done>(this.file("done.json"));
  }

  writeDone(done: Done): void {
    this.#write("done.json", done);
  }

  /** Rows of people's are kept for no longer than they are needed; a repeat answers what was done. */
  removeRows(): void {
    for (const end of ["", UNFINISHED]) disk.rmSync(`${this.stageFile}${end}`, { force: true });
  }

  removeImage(): void {
    for (const end of ["", ".pages"]) disk.rmSync(`${this.imageFile}${end}`, { force: true });
  }

  protected file(name: string): string {
    return path.join(this.#directory, name);
  }

  #write(name: string, content: unknown): void {
    writeFileDurably(this.file(name), Buffer.from(JSON.stringify(content)));
  }
}
