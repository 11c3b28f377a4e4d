import type { SchemaDiff, TableDiff } from "../../../domain/diff.ts";
import type { PageSource } from "../../engine.ts";
import { PageSet } from "../history/page-set.ts";
import { compareSchemas } from "./compare-schemas.ts";
import { DatabaseState } from "./database-state.ts";
import { findHiddenChanges } from "./hidden-changes.ts";
import { findTwins, type Twins } from "./row-twins.ts";
import { readSchema } from "./schema-entries.ts";
import { type DifferenceCounts, TableMerge, UnknownOrder } from "./table-merge.ts";
import {
  type NotComparable,
  pairTables,
  type StateSchema,
  shadowOwners,
  sharedPages,
  type TablePair,
} from "./table-pair.ts";

/** What is known of a comparison: the part of a `DatabaseDiff` that the pages tell. */
export type Compared = {
  isComplete: boolean;
  progress: { done: number; total: number } | null;
  tables: TableDiff[];
  sameTables: string[];
  schema: SchemaDiff[];
};

/** What is kept of one table's trees: sets of pages, a bit each, while they fit. */
const SETS_BYTES = 64 * 1024 * 1024;
const PAGES_AT_ONCE = 64;
/** A table of fewer pages may well have none in common without anything having rebuilt it. */
const REBUILT_PAGES = 8;

type Counted = {
  pair: TablePair;
  counts: DifferenceCounts;
  isWhole: boolean;
  isScanned: boolean;
  /** More rows were replaced than can be told from removed and added ones. */
  hasUnmatched: boolean;
};

/**
 * Two states of one database, compared. Rows on pages that are in both trees of a table and the same are the same rows; only
 * those of the others are read, in the order of their keys. Memory does not grow with what differs.
 */
export class DatabaseComparison {
  readonly from: StateSchema;
  readonly to: StateSchema;
  readonly #touched: { size: number } & Iterable<number>;
  readonly #changed = new PageSet();
  readonly #pairs: TablePair[];
  readonly #refused: NotComparable[];
  readonly #shadows: Map<string, string>;
  readonly #schema: SchemaDiff[];
  readonly #counted = new Map<TablePair, Counted>();
  readonly #shared = new Map<TablePair, PageSet>();
  readonly #twins = new Map<TablePair, Twins>();
  /** Pages that look the same and hold a row that is not: see `findHiddenChanges`. */
  readonly #hiding = new Map<TablePair, PageSet>();
  #setsBytes = 0;
  #done = 0;
  #total: number;
  #isComplete = false;

  /** @param touched every page that may differ among those that both have; null when that is not known */
  constructor(from: PageSource, to: PageSource, touched: ({ size: number } & Iterable<number>) | null) {
    this.from = schemaOf(from);
    this.to = schemaOf(to);
    this.#touched = touched ?? range(Math.min(from.pageCount, to.pageCount));
    this.#total = this.#touched.size;
    const { pairs, refused } = pairTables(this.from, this.to);
    this.#pairs = pairs;
    this.#refused = refused;
    this.#shadows = shadowOwners(this.from, this.to);
    this.#schema = compareSchemas(this.from.entries, this.to.entries);
  }

  /** Does the work, with pauses after little of it. */
  *run(): Generator<void> {
    yield* this.#findChanged();
    const candidates = new PageSet();
    for (const page of this.#changed) candidates.add(page);
    const counted: Counted[] = [];
    for (const pair of this.#pairs) {
      counted.push(this.#look(pair, candidates));
      yield;
    }
    for (const one of counted) yield* this.#count(one);
    yield* this.#findHidden(candidates);
    this.#isComplete = true;
  }

  get compared(): Compared {
    const tables = [...this.#counted.values()].map((one) => this.#describe(one));
    const differing = tables.filter(({ added, removed, changed }) => added + removed + changed > 0);
    const refused = this.#refused.map(({ name, reason }): TableDiff => {
      return { name, added: 0, removed: 0, changed: 0, exact: false, how: "not-compared", reason };
    });
    return {
      isComplete: this.#isComplete,
      progress: this.#isComplete ? null : { done: Math.min(this.#done, this.#total), total: this.#total },
      tables: [...differing, ...refused].sort((a, b) => (a.name < b.name ? -1 : 1)),
      sameTables: this.#isComplete ? tables.filter((table) => !differing.includes(table)).map(({ name }) => name) : [],
      schema: this.#schema,
    };
  }

  /** The table of this name, if its rows are compared. */
  pair(name: string): TablePair | null {
    return this.#pairs.find((pair) => pair.name.toLowerCase() === name.toLowerCase()) ?? null;
  }

  /** Why the rows of this table are not compared; null when they are, or there is no such table. */
  refusal(name: string): string | null {
    return this.#refused.find((one) => one.name.toLowerCase() === name.toLowerCase())?.reason ?? null;
  }

  /** Whether a page of a table holds the same rows in both. Right once `run` is through. */
  isShared(pair: TablePair): (page: number) => boolean {
    const shared = this.#sharedOf(pair);
    const hiding = this.#hiding.get(pair);
    return (page) => shared.has(page) && !hiding?.has(page);
  }

  /** What was touched may be again what it was. */
  *#findChanged(): Generator<void> {
    const [from, to] = [this.from.state, this.to.state];
    const common = Math.min(from.pageCount, to.pageCount);
    for (const page of this.#touched) {
      if (page <= common && Buffer.compare(from.page(page), to.page(page)) !== 0) this.#changed.add(page);
      if (++this.#done % PAGES_AT_ONCE === 0) yield;
    }
    from.readSameFrom(to, (page) => !this.#changed.has(page));
  }

  #look(pair: TablePair, candidates: PageSet): Counted {
    const { before, after, shared } = sharedPages(pair, this.#changed);
    this.#keep(pair, shared);
    this.#total += before.size + after.size - 2 * shared.size;
    for (const page of candidates) if (before.has(page) || after.has(page)) candidates.delete(page);
    const isWhole = shared.size === 0 && Math.min(before.size, after.size) >= REBUILT_PAGES;
    return { pair, counts: { added: 0, removed: 0, changed: 0 }, isWhole, isScanned: false, hasUnmatched: false };
  }

  *#count(counted: Counted): Generator<void> {
    const { pair, counts } = counted;
    this.#counted.set(pair, counted);
    try {
      const merge = new TableMerge(pair, this.isShared(pair));
      for (const pages of merge.count(counts)) {
        this.#done += pages;
        yield;
      }
      yield* this.#matchTwins(counted);
    } catch (error) {
      if (!(error instanceof UnknownOrder)) throw error;
      this.#counted.delete(pair);
      const reason = "Its rows are not in the order of its primary key: the application has collations of its own.";
      this.#refused.push({ name: pair.name, reason });
    }
  }

  /** Rows that were replaced under their name are neither removed nor added. */
  *#matchTwins(counted: Counted): Generator<void> {
    const { pair, counts } = counted;
    const twins = yield* findTwins(pair, this.isShared(pair), counts);
    if (twins === "too-many") counted.hasUnmatched = true;
    if (twins === null || twins === "too-many") return;
    this.#twins.set(pair, twins);
    for (const { isSame } of twins.byFrom.values()) {
      counts.removed--;
      counts.added--;
      if (!isSame) counts.changed++;
    }
  }

  /** Rows of a table that were replaced under their name; null where there are none. */
  twinsOf(pair: TablePair): Twins | null {
    return this.#twins.get(pair) ?? null;
  }

  *#findHidden(candidates: PageSet): Generator<void> {
    const search = findHiddenChanges({
      from: this.from,
      to: this.to,
      changed: this.#changed,
      candidates,
      pairs: this.#pairs,
      sharedOf: (pair) => this.#sharedOf(pair),
      scanning: (pair) => {
        const counted = this.#counted.get(pair);
        if (counted) counted.isScanned = true;
        this.#total += this.#sharedOf(pair).size;
      },
      found: (pair, page) => {
        const counted = this.#counted.get(pair);
        if (counted) counted.counts.changed++;
        const hiding = this.#hiding.get(pair) ?? new PageSet();
        hiding.add(page);
        this.#hiding.set(pair, hiding);
      },
    });
    for (const pages of search) {
      this.#done += pages;
      yield;
    }
  }

  #keep(pair: TablePair, shared: PageSet): void {
    const bytes = Math.max(this.from.state.pageCount, this.to.state.pageCount) / 8;
    if (this.#setsBytes + bytes > SETS_BYTES) return;
    this.#setsBytes += bytes;
    this.#shared.set(pair, shared);
  }

  #sharedOf(pair: TablePair): PageSet {
    return this.#shared.get(pair) ?? sharedPages(pair, this.#changed).shared;
  }

  #describe({ pair, counts, isWhole, isScanned, hasUnmatched }: Counted): TableDiff {
    const isOneSided = !pair.from || !pair.to;
    const owner = this.#shadows.get(pair.name);
    const reasons = [
      owner === undefined ? null : `Part of the virtual table ${owner}.`,
      isOneSided ? "Only one of the two moments has this table." : null,
      isWhole ? rebuiltReason(pair) : null,
      isScanned ? "Long values changed in place: all of it was looked through for their rows." : null,
      hasUnmatched ? "So many rows were replaced that each is told as removed and as added." : null,
    ].filter((reason) => reason !== null);
    return {
      name: pair.name,
      ...counts,
      exact: this.#isComplete && !hasUnmatched,
      how: isOneSided || isWhole || isScanned ? "full" : "pages",
      reason: reasons.length > 0 ? reasons.join(" ") : null,
    };
  }
}

function rebuiltReason({ from, to }: TablePair): string {
  const keeps = from?.layout.keepsRowids && to?.layout.keepsRowids;
  const rebuilt = "None of its pages is the same in both, as after VACUUM or a change to every row.";
  return keeps
    ? rebuilt
    : `${rebuilt} It has no key of its own: its rows are told apart by their rowid, which VACUUM numbers anew.`;
}

function schemaOf(source: PageSource): StateSchema {
  const state = new DatabaseState(source);
  return { state, entries: readSchema(state) };
}

function range(size: number): { size: number } & Iterable<number> {
  return {
    size,
    *[Symbol.iterator]() {
      for (let page = 1; page <= size; page++) yield page;
    },
  };
}
