import path from "node:path";
import { assert } from "../../../domain/assert.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { PageSetWriter } from "../apply/page-set-file.ts";
import { type History, openHistory } from "../history/open-history.ts";
import { PageSet as PageNumbers } from "../history/page-set.ts";
import { requireCommit } from "../history/require-commit.ts";
import { contentAt } from "./content-at.ts";
import type { ContentOptions, ContentState } from "./content-messages.ts";
import type { RestoredPages } from "./restored-pages.ts";

type OwnStateOptions = Omit<ContentOptions, "otherDirectory" | "imageFile">;

/** The pages of one restore, computed in passes while the history grows (`content-messages.ts`). */
export class PageComputation implements RestoredPages {
  readonly #history: History;
  readonly #options: OwnStateOptions;
  readonly #report: (done: number, total: number) => void;
  /** Every page computed so far, with the CRC-32 of its content. */
  readonly #crcs = new Map<number, number>();
  #writer: PageSetWriter | null;
  #throughTxid: number;
  #highestCookie = 0;

  constructor(options: OwnStateOptions, report: (done: number, total: number) => void) {
    this.#options = options;
    this.#report = report;
    this.#history = openHistory(options.historyDirectory);
    try {
      this.#writer = this.#newSet("pages.set");
    } catch (error) {
      this.#history.close();
      throw error;
    }
    this.#throughTxid = options.toTxid;
  }

  /** Computes what was touched since the pass before, into the page set that is open. */
  async more(): Promise<ContentState> {
    await this.#compute();
    return this.#state(null);
  }

  /** Completes the first page set. */
  seal(): ContentState {
    return this.#state(this.#seal());
  }

  /** Under the write lock: what was touched since the last pass, as a set of its own. */
  async last(): Promise<ContentState> {
    assert(!this.#writer, "the first page set is sealed");
    await this.#compute();
    return this.#state(this.#seal());
  }

  /** Whether a commit's record holds exactly the computed pages; page 1 has counters of its own. Null when it does. */
  check(txid: number): string | null {
    const history = this.#history;
    history.refresh();
    const commit = history.byTxid(txid);
    const target = history.byTxid(this.#options.toTxid);
    if (!commit || !target) return "its commit is not in the history";
    const { sizeAfter } = commit;
    if (sizeAfter !== target.sizeAfter) return `it has ${sizeAfter} pages instead of ${target.sizeAfter}`;
    const written = new PageNumbers();
    for (const { pages } of history.recordParts(txid, txid, "ascending")) {
      for (const { page, crcAfter } of pages) {
        written.add(page);
        if (page === 1 || page > sizeAfter) continue;
        if (this.#crcs.get(page) !== crcAfter) return `page ${page} is not what it was`;
      }
    }
    let missing = 0;
    for (const page of this.#crcs.keys()) if (!written.has(page)) missing++;
    return missing === 0 ? null : `${missing} pages were not written`;
  }

  close(): void {
    try {
      this.#writer?.abandon();
    } finally {
      this.#history.close();
    }
  }

  async #compute(): Promise<void> {
    const contents = await contentAt(this.#history, {
      toTxid: this.#options.toTxid,
      sinceTxid: this.#throughTxid,
      skip: this.#crcs,
      workspaceFile: this.#inWork("workspace"),
      report: this.#report,
    });
    try {
      for (const page of contents.workspace.pages()) {
        const content = contents.workspace.get(page);
        const crc = contents.crcs.get(page);
        assert(content && crc !== undefined, "a page of the workspace has a content that was checked");
        this.#writer ??= this.#newSet("last-pages.set");
        this.#writer.add(page, content, crc);
        this.#crcs.set(page, crc);
      }
    } finally {
      contents.workspace.close();
    }
    reachPoint("content.computed");
    this.#throughTxid = contents.throughTxid;
    this.#highestCookie = Math.max(this.#highestCookie, contents.highestCookie);
  }

  #newSet(name: string): PageSetWriter {
    return new PageSetWriter(this.#inWork(name), this.#history.pageSize);
  }

  #inWork(name: string): string {
    return path.join(this.#options.workDirectory, name);
  }

  /** The finished set's file; null when there is nothing in it. */
  #seal(): string | null {
    const writer = this.#writer;
    if (!writer) return null;
    writer.finish();
    reachPoint("content.sealed");
    this.#writer = null;
    return writer.count > 0 ? writer.path : null;
  }

  #state(pagesFile: string | null): ContentState {
    const history = this.#history;
    const target = requireCommit(history, this.#options.toTxid);
    const live = requireCommit(history, this.#throughTxid);
    return {
      throughTxid: this.#throughTxid,
      sizePages: target.sizeAfter,
      pageSize: history.pageSize,
      livePages: live.sizeAfter,
      pages: this.#crcs.size,
      pagesFile,
      highestCookie: this.#highestCookie,
    };
  }
}
