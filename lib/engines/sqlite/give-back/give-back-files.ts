import path from "node:path";
import type { GiveBackPlan, GiveBackSummary, GivenBack, RowsOrder } from "../../../domain/give-back.ts";
import { disk } from "../../../storage/disk.ts";
import { publishFile, UNFINISHED, writeFileDurably } from "../../../storage/durable-file.ts";
import type { Skips } from "./write-messages.ts";

/** Written while the write lock is held and nothing is committed: if it takes place, it is the very next commit. */
export type RowsAttempt = { version: 1; startTxid: number; rows: GiveBackSummary };

/** A plan as it waits to be carried out. */
export type KeptPlan = { order: RowsOrder; plan: GiveBackPlan };

const PLAN_KEPT_MS = 24 * 60 * 60_000;

/** Where plans wait: each has the file of its rows beside it, under its digest. */
export class KeptPlans {
  readonly directory: string;

  constructor(temporary: string) {
    this.directory = path.join(temporary, "give-backs");
    disk.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
  }

  stageFile(digest: string): string {
    return path.join(this.directory, `${digest}.db`);
  }

  /** A file of a plan that is being made. */
  draft(id: string, what: "stage" | "past" | "left"): string {
    return path.join(this.directory, `${id}.${what}`);
  }

  keep(draftStage: string, kept: KeptPlan): void {
    disk.renameSync(draftStage, this.stageFile(kept.plan.digest));
    writeFileDurably(this.#planFile(kept.plan.digest), Buffer.from(JSON.stringify(kept)));
  }

  read(digest: string): KeptPlan | null {
    if (!/^[0-9a-f]{64}$/.test(digest) || !disk.existsSync(this.stageFile(digest))) return null;
    return readJson<KeptPlan>(this.#planFile(digest));
  }

  /** Removes drafts that nobody waits for any more, and plans that nobody carried out. */
  removeOld(nowMs: number): void {
    for (const name of disk.readdirSync(this.directory)) {
      const file = path.join(this.directory, name);
      const found = disk.statSync(file, { throwIfNoEntry: false });
      if (found && found.mtimeMs < nowMs - PLAN_KEPT_MS) disk.rmSync(file, { force: true });
    }
  }

  removeDraft(id: string): void {
    for (const what of ["stage", "past", "left"] as const) {
      for (const end of ["", ".pages", "-journal"]) disk.rmSync(`${this.draft(id, what)}${end}`, { force: true });
    }
  }

  #planFile(digest: string): string {
    return path.join(this.directory, `${digest}.json`);
  }
}

/** The folder of one give-back, which outlives crashes; see `RestoreFiles`. */
export class GiveBackFiles {
  readonly #directory: string;

  constructor(temporary: string, restoreId: string) {
    this.#directory = path.join(temporary, "restores", restoreId);
    disk.mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
  }

  get stageFile(): string {
    return path.join(this.#directory, "rows.db");
  }

  get skipsFile(): string {
    return path.join(this.#directory, "skips.json");
  }

  get imageFile(): string {
    return path.join(this.#directory, "image.db");
  }

  /** Takes a plan's rows over, durably: after a crash they tell whether they were written. */
  adopt(stageFile: string): void {
    disk.copyFileSync(stageFile, `${this.stageFile}${UNFINISHED}`);
    const fd = disk.openSync(`${this.stageFile}${UNFINISHED}`, "r+");
    try {
      disk.fsyncSync(fd);
    } finally {
      disk.closeSync(fd);
    }
    publishFile(this.stageFile);
  }

  get hasRows(): boolean {
    return disk.existsSync(this.stageFile);
  }

  readSkips(): Skips {
    return readJson<Skips>(this.skipsFile) ?? {};
  }

  readAttempt(): RowsAttempt | null {
    return readJson<RowsAttempt>(path.join(this.#directory, "attempt.json"));
  }

  writeAttempt(attempt: RowsAttempt): void {
    writeFileDurably(path.join(this.#directory, "attempt.json"), Buffer.from(JSON.stringify(attempt)));
  }

  /** Forgets an attempt that had no effect. */
  forgetAttempt(): void {
    disk.rmSync(path.join(this.#directory, "attempt.json"), { force: true });
  }

  readDone(): GivenBack | null {
    return readJson<GivenBack>(path.join(this.#directory, "done.json"));
  }

  writeDone(done: GivenBack): void {
    writeFileDurably(path.join(this.#directory, "done.json"), Buffer.from(JSON.stringify(done)));
  }

  /** Rows of people's are kept for no longer than they are needed; a repeat answers what was done. */
  removeRows(): void {
    for (const file of [this.stageFile, this.skipsFile]) disk.rmSync(file, { force: true });
  }

  removeImage(): void {
    for (const end of ["", ".pages"]) disk.rmSync(`${this.imageFile}${end}`, { force: true });
  }
}

function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(disk.readFileSync(file, "utf8")) as T;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
