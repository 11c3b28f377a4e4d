import { z } from "zod";
import { disk } from "../../../storage/disk.ts";
import { writeFileDurably } from "../../../storage/durable-file.ts";
import { FLUSH_PREFIX } from "./flush-message.ts";
import { readIfThere } from "./index-files.ts";
import type { WalRecord } from "./wal-reader.ts";
import { firstRelation, HEAP, HEAP2, insertedRows, MESSAGE, messagePrefix, type TransactionEnd } from "./wal-record.ts";

/** What a transaction did that is worth telling, as far as the log tells it. */
export type TransactionNote = {
  /** Rows that it deleted from the table that lost most; parts of large values count as rows of a table of their own. */
  deletes: number;
  /** The file of that table. */
  relation: number | null;
  /** Files that went with it. */
  dropped: number;
  /** The first of these files; left out: none, or noted before they were. */
  files?: number[];
  changes: SchemaChange[];
  /** It stands for so many transactions in a row, from the one where it stands on; left out: for that one. */
  commits?: number;
  /** When the last of them was committed. Unix milliseconds. */
  throughMs?: number;
};
/** `storage`: files went, and nothing but where rows lie was defined anew. */
const CHANGES = ["table_added", "table_removed", "columns", "storage", "other"] as const;
export type SchemaChange = (typeof CHANGES)[number];

const keptSchema = z.object({
  lsn: z.number(),
  doing: z.array(
    z.object({
      xid: z.number(),
      deletes: z.array(z.tuple([z.number(), z.number()])),
      inserts: z.array(z.tuple([z.number(), z.number()])).default([]),
      isFlush: z.boolean(),
      isMore: z.boolean().default(true),
      changes: z.array(z.enum(CHANGES)),
    }),
  ),
});

type Doing = {
  /** By table. */
  deletes: Map<number, number>;
  inserts: Map<number, number>;
  /** It holds the message of a flush. */
  isFlush: boolean;
  /** It holds something else, so that it is a commit like any other: everybody may write such a message. */
  isMore: boolean;
  changes: Set<SchemaChange>;
};

/** Below this number a relation is PostgreSQL's own (`FirstNormalObjectId`). */
const FIRST_OF_PEOPLE = 16_384;
/** `pg_type`, `pg_attribute`, and others that hold what people define; a new database's files have their numbers. */
const TYPES = 1247;
const COLUMNS = 1249;
const DEFINITIONS = new Set([1255, 2606, 2618, 2620, 2615, 3256, 3079]);

const INSERT = 0x00;
const DELETE = 0x10;
const MULTI_INSERT = 0x50;
/** Whole pages, the ends of transactions, their locks: records of these kinds change nothing of anybody's. */
const OF_THE_SERVER = new Set([0, 1, 8]);
/** Of the files that went with a transaction so many are kept: a table has some, for its indexes and its large values. */
const MOST_FILES = 64;
/** Transactions that are watched at a time; whoever began longest ago is let go. */
const MOST = 20_000;

/** Follows the records of transactions until each ends. */
export class TransactionNotes {
  readonly #doing = new Map<number, Doing>();

  see(record: WalRecord): void {
    if (record.xid === 0) return;
    if (record.rmgr === MESSAGE && messagePrefix(record) === FLUSH_PREFIX) {
      this.#of(record).isFlush = true;
      return;
    }
    if (OF_THE_SERVER.has(record.rmgr)) return;
    this.#of(record).isMore = true;
    const kind = record.info & 0x70;
    const isDelete = record.rmgr === HEAP && kind === DELETE;
    const isInsert = (record.rmgr === HEAP && kind === INSERT) || (record.rmgr === HEAP2 && kind === MULTI_INSERT);
    if (!isDelete && !isInsert) return;
    const relation = firstRelation(record);
    if (relation === null) return;
    if (relation >= FIRST_OF_PEOPLE) {
      const { deletes, inserts } = this.#of(record);
      addTo(isDelete ? deletes : inserts, relation, record.rmgr === HEAP2 ? insertedRows(record) : 1);
    } else if (relation === TYPES) this.#of(record).changes.add(isDelete ? "table_removed" : "table_added");
    else if (relation === COLUMNS) this.#of(record).changes.add("columns");
    else if (DEFINITIONS.has(relation)) this.#of(record).changes.add("other");
  }

  /**
   * What the transactions did that ended here; forgotten by that. `isFlush`: it only asked for the log to be written. `lost`: by table,
   * how many more rows were deleted than inserted.
   */
  end(end: TransactionEnd): { isFlush: boolean; note: TransactionNote; lost: Map<number, number> } {
    const note: TransactionNote = { deletes: 0, relation: null, dropped: end.dropped.length, changes: [] };
    if (end.dropped.length > 0) note.files = end.dropped.slice(0, MOST_FILES);
    const changes = new Set<SchemaChange>();
    const deletes = new Map<number, number>();
    const lost = new Map<number, number>();
    let isFlush = false;
    let isMore = false;
    for (const xid of end.xids) {
      const doing = this.#doing.get(xid);
      if (!doing) continue;
      this.#doing.delete(xid);
      isFlush ||= doing.isFlush;
      isMore ||= doing.isMore;
      for (const change of doing.changes) changes.add(change);
      for (const [relation, count] of doing.deletes) {
        addTo(deletes, relation, count);
        addTo(lost, relation, count);
      }
      for (const [relation, count] of doing.inserts) addTo(lost, relation, -count);
    }
    for (const [relation, count] of deletes) {
      if (count > note.deletes) Object.assign(note, { deletes: count, relation });
    }
    if (changes.size === 0 && note.dropped > 0) changes.add("storage");
    note.changes = [...changes].sort();
    return { isFlush: isFlush && !isMore, note, lost };
  }

  /** Writes down what goes on at a position, for whoever reads on from there. */
  keep(file: string, lsn: number): void {
    if (this.#doing.size === 0) {
      disk.rmSync(file, { force: true });
      return;
    }
    const doing = [...this.#doing].map(([xid, { deletes, inserts, isFlush, isMore, changes }]) => ({
      xid,
      deletes: [...deletes],
      inserts: [...inserts],
      isFlush,
      isMore,
      changes: [...changes],
    }));
    writeFileDurably(file, Buffer.from(JSON.stringify({ lsn, doing })));
  }

  /** Takes over what was kept at that position. */
  recall(file: string, lsn: number): void {
    const kept = readIfThere(file);
    if (kept.length === 0) return;
    const { lsn: at, doing } = keptSchema.parse(JSON.parse(kept.toString("utf8")));
    if (at !== lsn) return;
    for (const { xid, deletes, inserts, isFlush, isMore, changes } of doing) {
      const kept = { deletes: new Map(deletes), inserts: new Map(inserts) };
      this.#doing.set(xid, { ...kept, isFlush, isMore, changes: new Set(changes) });
    }
  }

  #of(record: WalRecord): Doing {
    const known = this.#doing.get(record.xid);
    if (known) return known;
    if (this.#doing.size >= MOST) {
      for (const oldest of this.#doing.keys()) {
        this.#doing.delete(oldest);
        break;
      }
    }
    const begun: Doing = { deletes: new Map(), inserts: new Map(), isFlush: false, isMore: false, changes: new Set() };
    this.#doing.set(record.xid, begun);
    return begun;
  }
}

function addTo(counts: Map<number, number>, relation: number, rows: number): void {
  counts.set(relation, (counts.get(relation) ?? 0) + rows);
}
