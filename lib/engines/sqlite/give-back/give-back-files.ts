import path from "node:path";
import type { GiveBackPlan, GiveBackSummary, GivenBack, RowsOrder } from "../../../domain/give-back.ts";
import { disk } from "../../../storage/disk.ts";
import { publishFile, UNFINISHED, writeFileDurably } from "../../../storage/durable-file.ts";
import { readJsonFile } from "../../../storage/read-json-file.ts";
import { CommitFiles } from "../one-commit/commit-files.ts";
import type { Skips } from "./left-out.ts";

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
    return readJsonFile<KeptPlan>(this.#planFile(digest));
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

/** The folder of one give-back. */
export class GiveBackFiles extends CommitFiles<GiveBackSummary, GivenBack> {
  constructor(temporary: string, restoreId: string) {
    super(path.join(temporary, "restores"), restoreId);
  }

  get skipsFile(): string {
    return this.file("skips.json");
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

  readSkips(): Skips {
    return readJsonFile<Skips>(this.skipsFile) ?? {};
  }

  override removeRows(): void {
    super.removeRows();
    disk.rmSync(this.skipsFile, { force: true });
  }
}
