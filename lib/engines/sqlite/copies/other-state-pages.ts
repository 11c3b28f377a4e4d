import path from "node:path";
import { crc32 } from "node:zlib";
import { assert } from "../../../domain/assert.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { readWhole } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { lockBytePage } from "../apply/append-commit.ts";
import { PageSetWriter } from "../apply/page-set-file.ts";
import { type History, openHistory } from "../history/open-history.ts";
import { requireCommit } from "../history/require-commit.ts";
import { openImage, readPages } from "../images/open-image.ts";
import { ChecksumTable, checksumsAt } from "../restore/checksums-at.ts";
import { contentAt } from "../restore/content-at.ts";
import type { ContentState } from "../restore/content-messages.ts";
import { materialiseEitherWay } from "../restore/materialise-either-way.ts";
import type { RestoredPages } from "../restore/restored-pages.ts";
import { ABOVE_ALL_COOKIES } from "../restore/schema-cookie.ts";

export type OtherStateOptions = {
  /** Of the database that is written. */
  historyDirectory: string;
  /** Where its new state comes from: a commit of another database's history, or a file that holds it. */
  state: { otherDirectory: string; toTxid: number } | { imageFile: string };
  workDirectory: string;
};

/** Compared at a time. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * The pages that turn a database into a state of another database, or into that of an image. A state of a history is written
 * to a file first, each page checked; then it is compared with the mirror byte by byte. A page that is not proven equal is among those that are written: so is
 * every page that was touched meanwhile.
 */
export class OtherStatePages implements RestoredPages {
  readonly #history: History;
  readonly #options: OtherStateOptions;
  readonly #report: (done: number, total: number) => void;
  /** Every page chosen so far, with the CRC-32 of its content. */
  readonly #chosen = new Set<number>();
  #writer: PageSetWriter | null = null;
  /** The state wanted: its file, and the CRC-32 of each of its pages. */
  #image: { fd: number; crcs: Uint32Array } | null = null;
  /** Checksums of the database as it was after `#throughTxid`. */
  #live: ChecksumTable | null = null;
  #throughTxid = 0;
  #highestCookie = 0;

  constructor(options: OtherStateOptions, report: (done: number, total: number) => void) {
    this.#options = options;
    this.#report = report;
    this.#history = openHistory(options.historyDirectory);
  }

  async more(): Promise<ContentState> {
    if (this.#image) this.#takeTouched();
    else await this.#begin();
    return this.#state(null);
  }

  seal(): ContentState {
    return this.#state(this.#seal());
  }

  async last(): Promise<ContentState> {
    assert(!this.#writer, "the first page set is sealed");
    this.#takeTouched();
    return this.#state(this.#seal());
  }

  /** Compares the checksums of all pages; page 1 has counters of its own. */
  check(txid: number): string | null {
    const { crcs } = this.#begun();
    this.#history.refresh();
    const commit = this.#history.byTxid(txid);
    if (!commit) return "its commit is not in the history";
    if (commit.sizeAfter !== crcs.length) return `it has ${commit.sizeAfter} pages instead of ${crcs.length}`;
    const live = this.#goOn(txid);
    const unused = lockBytePage(this.#history.pageSize);
    for (let page = 2; page <= crcs.length; page++) {
      if (page !== unused && live.of(page) !== crcs[page - 1]) return `page ${page} is not what it was`;
    }
    return null;
  }

  close(): void {
    this.#writer?.abandon();
    if (this.#image) disk.closeSync(this.#image.fd);
    this.#history.close();
  }

  async #begin(): Promise<void> {
    const { state } = this.#options;
    this.#image = "imageFile" in state ? this.#openStored(state.imageFile) : await this.#writeOut(state);
    reachPoint("peer.written");
    this.#highestCookie = await this.#findHighestCookie();
    this.#compare();
    reachPoint("peer.compared");
  }

  async #writeOut({ otherDirectory, toTxid }: { otherDirectory: string; toTxid: number }) {
    const file = this.#inWork("image.db");
    const other = openHistory(otherDirectory);
    try {
      requireSamePageSize(this.#history.pageSize, other.pageSize);
      const { crcs } = await materialiseEitherWay(other, toTxid, file, (done, total) => this.#report(done, 2 * total));
      return { fd: disk.openSync(file, "r"), crcs };
    } finally {
      other.close();
    }
  }

  #openStored(file: string) {
    const image = openImage(file);
    const { fd, pageSize, pageCount } = image;
    try {
      requireSamePageSize(this.#history.pageSize, pageSize);
      const crcs = readPages(image, (_, first) => this.#report(first, 2 * pageCount));
      return { fd, crcs };
    } catch (error) {
      disk.closeSync(fd);
      throw error;
    }
  }

  /** Chooses every page whose content in the mirror is not proven to be the one that is wanted. */
  #compare(): void {
    const history = this.#history;
    history.refresh();
    const { txid, sizeAfter } = history.newest();
    const { fd, crcs } = this.#begun();
    const { pageSize } = history;
    const live = new ChecksumTable(checksumsAt(history, txid), pageSize);
    this.#live = live;
    this.#throughTxid = txid;
    const mirror = disk.existsSync(history.mirrorPath()) ? disk.openSync(history.mirrorPath(), "r") : null;
    const perChunk = Math.max(1, Math.floor(CHUNK_BYTES / pageSize));
    const [wanted, found] = [Buffer.alloc(perChunk * pageSize), Buffer.alloc(perChunk * pageSize)];
    try {
      for (let first = 1; first <= crcs.length; first += perChunk) {
        const count = Math.min(perChunk, crcs.length - first + 1);
        readWhole(fd, wanted.subarray(0, count * pageSize), (first - 1) * pageSize);
        found.fill(0);
        if (mirror !== null) disk.readSync(mirror, found, 0, count * pageSize, (first - 1) * pageSize);
        for (let page = first; page < first + count; page++) {
          const [from, to] = [(page - first) * pageSize, (page - first + 1) * pageSize];
          const content = wanted.subarray(from, to);
          const now = found.subarray(from, to);
          const isSame = page > 1 && page <= sizeAfter && content.equals(now) && crc32(now) === live.of(page);
          if (!isSame) this.#choose(page, content);
        }
        this.#report(crcs.length + first + count - 1, 2 * crcs.length);
      }
    } finally {
      if (mirror !== null) disk.closeSync(mirror);
    }
  }

  /** What was touched since may differ by now, and is written whatever it holds. */
  #takeTouched(): void {
    const { fd, crcs } = this.#begun();
    const { pageSize } = this.#history;
    this.#history.refresh();
    this.#goOn(this.#history.newest().txid, (page) => {
      if (page > crcs.length || this.#chosen.has(page)) return;
      const content = Buffer.alloc(pageSize);
      readWhole(fd, content, (page - 1) * pageSize);
      this.#choose(page, content);
    });
  }

  #goOn(toTxid: number, touched: (page: number) => void = () => undefined): ChecksumTable {
    assert(this.#live, "both states were compared");
    for (const step of this.#history.steps(this.#throughTxid + 1, toTxid, "ascending")) {
      this.#live.goOn(step);
      for (const { page } of step.pages) touched(page);
    }
    this.#throughTxid = Math.max(this.#throughTxid, toTxid);
    return this.#live;
  }

  #choose(page: number, content: Buffer): void {
    if (page === lockBytePage(this.#history.pageSize)) return;
    const crc = crc32(content);
    if (crc !== this.#begun().crcs[page - 1]) {
      throw new LastgoodError("restore_failed", `The prepared state reads back as something else at page ${page}.`, {
        hint: "Nothing was changed. The disk of the data directory is failing: look at it before you restore again.",
        outcome: "nothing",
      });
    }
    const name = this.#chosen.size === 0 ? "pages.set" : "last-pages.set";
    this.#writer ??= new PageSetWriter(this.#inWork(name), this.#history.pageSize);
    this.#writer.add(page, content, crc);
    this.#chosen.add(page);
  }

  /** Of the whole history: nobody can say since when a connection has held its schema. Damage counts as above all. */
  async #findHighestCookie(): Promise<number> {
    const { txid } = this.#history.oldest();
    try {
      const walked = await contentAt(this.#history, {
        toTxid: txid,
        sinceTxid: txid,
        skip: { has: (page) => page !== 1 },
        workspaceFile: this.#inWork("cookies"),
      });
      walked.workspace.close();
      return walked.highestCookie;
    } catch (error) {
      if (error instanceof LastgoodError && error.code === "history_damaged") return ABOVE_ALL_COOKIES;
      throw error;
    }
  }

  #begun(): { fd: number; crcs: Uint32Array } {
    assert(this.#image, "the state wanted was written out first");
    return this.#image;
  }

  #inWork(name: string): string {
    return path.join(this.#options.workDirectory, name);
  }

  #seal(): string | null {
    const writer = this.#writer;
    if (!writer) return null;
    writer.finish();
    this.#writer = null;
    reachPoint("peer.sealed");
    return writer.path;
  }

  #state(pagesFile: string | null): ContentState {
    const live = requireCommit(this.#history, this.#throughTxid);
    return {
      throughTxid: this.#throughTxid,
      sizePages: this.#begun().crcs.length,
      pageSize: this.#history.pageSize,
      livePages: live.sizeAfter,
      pages: this.#chosen.size,
      pagesFile,
      highestCookie: this.#highestCookie,
    };
  }
}

/** SQLite changes the page size of a database in WAL mode by no means at all. */
export function requireSamePageSize(live: number, wanted: number): void {
  if (live === wanted) return;
  throw new LastgoodError("conflict", `Its pages have ${live} bytes, those of the state to take over ${wanted}.`, {
    hint: "Nothing was changed. Restore that state into a new database instead.",
    outcome: "nothing",
  });
}
