import { randomUUID } from "node:crypto";
import path from "node:path";
import { ApplyProcess } from "../apply/apply-process.ts";
import { SpareProcess } from "../children/spare-process.ts";
import type { ContentOptions } from "./content-messages.ts";
import { ContentProcess } from "./content-process.ts";
import { CONTENT_FOLDER } from "./restore-files.ts";

/** The state that pages are wanted of; see `ContentOptions`. */
export type ContentTask = Omit<ContentOptions, "workDirectory">;

/**
 * The two processes of a restore: one that computes pages, one that applies them. Whoever reads a plan is likely to restore:
 * then both are started, and what a short computation yields is there when the restore comes. Unused they end
 * after a few minutes.
 */
export class RestoreProcesses {
  readonly #workRoot: string;
  readonly #content = new SpareProcess(() => new ContentProcess());
  readonly #apply = new SpareProcess(() => new ApplyProcess());
  #ahead: Promise<void> = Promise.resolve();

  /** @param workRoot below it, each computation gets a folder of its own */
  constructor(workRoot: string) {
    this.#workRoot = workRoot;
  }

  /** @param isShort whether the pages are so few that they may be computed before anybody asks for them */
  prepare(task: ContentTask, isShort: boolean): void {
    this.#apply.prepare().rehearse();
    const content = this.#content.prepare();
    if (content.isAsked || isSame(content.task, task)) return;
    content.begin(this.#withFolder(task));
    if (!isShort) return;
    // It is only a head start: whoever restores asks again, and hears of whatever is wrong.
    this.#ahead = content.state("more").then(
      () => undefined,
      () => content.kill(),
    );
  }

  takeApply(): ApplyProcess {
    return this.#apply.take();
  }

  /** A process that has begun this task, the caller's from now on; what it computed ahead counts. */
  async takeContent(task: ContentTask): Promise<ContentProcess> {
    const spare = this.#content.take();
    if (isSame(spare.task, task)) await this.#ahead;
    const isUsable = !spare.isOver && !spare.isAsked;
    if (!isUsable) spare.kill();
    const content = isUsable ? spare : new ContentProcess();
    if (!isSame(content.task, task)) content.begin(this.#withFolder(task));
    return content;
  }

  /** Ends those that wait for a restore. */
  end(): void {
    this.#content.end();
    this.#apply.end();
  }

  #withFolder(task: ContentTask) {
    return { ...task, workDirectory: path.join(this.#workRoot, `${CONTENT_FOLDER}${process.pid}-${randomUUID()}`) };
  }
}

function isSame(one: ContentTask | null, other: ContentTask): boolean {
  return (
    one !== null &&
    one.historyDirectory === other.historyDirectory &&
    one.toTxid === other.toTxid &&
    one.otherDirectory === other.otherDirectory &&
    one.imageFile === other.imageFile
  );
}
