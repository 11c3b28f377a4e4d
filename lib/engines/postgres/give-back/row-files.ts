import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseClusterBookmark } from "../../../domain/cluster-bookmark.ts";
import type { GiveBackPlan, GiveBackSummary, GivenBack, RowsOrder } from "../../../domain/give-back.ts";
import { writeFileDurably } from "../../../storage/durable-file.ts";
import { readJsonFile } from "../../../storage/read-json-file.ts";
import type { TransactionAttempt } from "./one-transaction.ts";

/** A plan as it waits to be carried out. */
export type KeptPlan = { order: RowsOrder; plan: GiveBackPlan };
export type RowsAttempt = TransactionAttempt<GiveBackSummary>;

const PLAN_KEPT_MS = 24 * 60 * 60_000;
const RESTORE_KEPT_MS = 7 * PLAN_KEPT_MS;

/** Where plans wait under their digest, and what is known of runs under their restore's id: a folder each. */
export class RowFiles {
  readonly #plans: string;
  readonly #runs: string;

  constructor(temporary: string) {
    this.#plans = path.join(temporary, "cluster-rows");
    this.#runs = path.join(temporary, "cluster-rows-runs");
  }

  /** The file of a plan that is being made. */
  draft(id: string): string {
    this.#removeOld(Date.now());
    mkdirSync(path.join(this.#plans, `draft-${id}`), { recursive: true, mode: 0o700 });
    return path.join(this.#plans, `draft-${id}`, "rows");
  }

  removeDraft(id: string): void {
    rmSync(path.join(this.#plans, `draft-${id}`), { recursive: true, force: true });
  }

  keep(draftRows: string, kept: KeptPlan): void {
    const folder = path.join(this.#plans, kept.plan.digest);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    renameSync(draftRows, path.join(folder, "rows"));
    writeFileSync(path.join(folder, "plan.json"), JSON.stringify(kept), { mode: 0o600 });
  }

  /** Removes the plans that hold rows of a history. */
  forget(historyTag: string): void {
    if (!existsSync(this.#plans)) return;
    for (const name of readdirSync(this.#plans)) {
      const order = this.read(name)?.order;
      const at = order && (order.kind === "give-back" ? order.from : order.previous);
      const isOf = at !== undefined && parseClusterBookmark(at)?.historyTag === historyTag;
      if (isOf) rmSync(path.join(this.#plans, name), { recursive: true, force: true });
    }
  }

  /** Null when it is gone. */
  read(digest: string): KeptPlan | null {
    if (!/^[0-9a-f]{64}$/.test(digest)) return null;
    return readJsonFile<KeptPlan>(path.join(this.#plans, digest, "plan.json"));
  }

  rowsOf(digest: string): string {
    return path.join(this.#plans, digest, "rows");
  }

  readDone(restoreId: string): GivenBack | null {
    return readJsonFile<GivenBack>(path.join(this.#runs, restoreId, "done.json"));
  }

  writeDone(restoreId: string, done: GivenBack): void {
    this.#write(restoreId, "done.json", done);
  }

  readAttempt(restoreId: string): RowsAttempt | null {
    return readJsonFile<RowsAttempt>(path.join(this.#runs, restoreId, "attempt.json"));
  }

  writeAttempt(restoreId: string, attempt: RowsAttempt): void {
    this.#write(restoreId, "attempt.json", attempt);
  }

  forgetAttempt(restoreId: string): void {
    rmSync(path.join(this.#runs, restoreId, "attempt.json"), { force: true });
  }

  #write(restoreId: string, name: string, value: unknown): void {
    const folder = path.join(this.#runs, path.basename(restoreId));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileDurably(path.join(folder, name), Buffer.from(JSON.stringify(value)));
  }

  #removeOld(nowMs: number): void {
    for (const [folder, keptMs] of [
      [this.#plans, PLAN_KEPT_MS],
      [this.#runs, RESTORE_KEPT_MS],
    ] as const) {
      if (!existsSync(folder)) continue;
      for (const name of readdirSync(folder)) {
        const one = path.join(folder, name);
        const found = statSync(one, { throwIfNoEntry: false });
        if (found && found.mtimeMs < nowMs - keptMs) rmSync(one, { recursive: true, force: true });
      }
    }
  }
}
