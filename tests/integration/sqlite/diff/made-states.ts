import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Random } from "../../../sim/random.ts";

/** What a database of a seed is made of. */
type Traits = { pageSize: number; encoding: string; autoVacuum: number; longShare: number };

const PAGE_SIZES = [512, 512, 1024, 4096, 4096, 16384, 65536];
const ENCODINGS = ["UTF-8", "UTF-8", "UTF-16le", "UTF-16be"];

const DEFAULTS = [
  "DEFAULT 7",
  "TEXT DEFAULT '12'",
  "REAL DEFAULT 3",
  "",
  "BLOB DEFAULT x'0102'",
  "INTEGER DEFAULT '5'",
  'DEFAULT "quoted"',
  "DEFAULT -1.5",
];

/** Every kind of table: what its key is, and how a row of number `n` is named in it. */
const KINDS: readonly {
  sql: string;
  key(n: number, random: Random): readonly (string | number | null | Uint8Array)[];
  columns: string[];
}[] = [
  { sql: "CREATE TABLE plain (id INTEGER PRIMARY KEY, a, b TEXT, r REAL)", columns: ["id"], key: (n) => [n] },
  { sql: "CREATE TABLE keyless (k, a, b TEXT, r REAL)", columns: ["k"], key: (n) => [n] },
  {
    sql: "CREATE TABLE named (k TEXT PRIMARY KEY, a, b TEXT, r REAL, d AS (length(b)) STORED, v AS (a || 'x'))",
    columns: ["k"],
    key: (n) => [`name ${n}`],
  },
  {
    sql: "CREATE TABLE replaced (b TEXT, k TEXT NOT NULL PRIMARY KEY, a, r REAL)",
    columns: ["k"],
    key: (n) => [`name ${n}`],
  },
  {
    sql: "CREATE TABLE pairs (x TEXT COLLATE NOCASE NOT NULL, a, b TEXT, y INTEGER NOT NULL, r REAL, PRIMARY KEY (y DESC, x))",
    columns: ["x", "y"],
    key: (n) => [`name ${n}`, n % 7],
  },
  {
    sql: "CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, a, b TEXT, r REAL)",
    columns: ["id"],
    key: (n) => [n * 7 - 40],
  },
  {
    sql: "CREATE TABLE number_entries (id INTEGER PRIMARY KEY, a, b TEXT, r REAL) WITHOUT ROWID",
    columns: ["id"],
    key: (n) => [n],
  },
  {
    sql: "CREATE TABLE pair_entries (a, x TEXT COLLATE NOCASE, b TEXT, y INTEGER, r REAL, PRIMARY KEY (x, y DESC)) WITHOUT ROWID",
    columns: ["x", "y"],
    key: (n, random) => [random.chance(0.5) ? `Key ${n % 50}` : `kEY ${n % 50}`, n % 7],
  },
  {
    sql: "CREATE TABLE trimmed_entries (x TEXT COLLATE RTRIM PRIMARY KEY DESC, a, b TEXT, r REAL, g AS (upper(b)) STORED) WITHOUT ROWID",
    columns: ["x"],
    key: (n, random) => [`${"é".repeat(n % 40)}${n}${" ".repeat(random.below(3))}`],
  },
  {
    sql: "CREATE TABLE mixed_entries (k1, k2 BLOB, a, b TEXT, r REAL, PRIMARY KEY (k1, k2)) WITHOUT ROWID",
    columns: ["k1", "k2"],
    key: (n) => [[n, n / 3, `text ${n}`, Buffer.from(`blob ${n}`)][n % 4] ?? 0, Buffer.alloc(n % 5 === 0 ? 900 : 3, n)],
  },
];

/** States of one random database, each a file of its own. The same seed makes the same ones. */
export class MadeStates {
  readonly folder = mkdtempSync(path.join(tmpdir(), "diff-states-"));
  readonly files: string[] = [];
  readonly traits: Traits;
  readonly #random: Random;
  readonly #database: DatabaseSync;
  readonly #live: string;
  #names: { table: string; kind: number }[] = [];
  #columns = 0;

  /** @param captured where the database lies when it is written as it is captured, with a log; `step` is not for those */
  constructor(seed: number, captured: string | null = null) {
    this.#live = captured ?? path.join(this.folder, "live.db");
    this.#random = new Random(seed);
    const random = this.#random;
    this.traits = {
      pageSize: random.pick(PAGE_SIZES),
      encoding: random.pick(ENCODINGS),
      autoVacuum: random.below(3),
      longShare: random.pick([0.05, 0.1, 0.5]),
    };
    this.#database = new DatabaseSync(this.#live);
    this.#database.exec(`PRAGMA page_size=${this.traits.pageSize}; PRAGMA encoding='${this.traits.encoding}';
      PRAGMA auto_vacuum=${this.traits.autoVacuum}; PRAGMA journal_mode=${captured ? "WAL" : "MEMORY"}; PRAGMA synchronous=OFF`);
    for (const [kind, { sql }] of KINDS.entries()) {
      if (random.chance(0.25)) continue;
      this.#database.exec(sql);
      this.#names.push({ table: /TABLE (\w+)/.exec(sql)?.[1] ?? "", kind });
    }
    if (random.chance(0.5)) this.#try("CREATE INDEX by_b ON plain (b, a)");
    for (const { table, kind } of this.#names) this.#put(table, kind, 0, random.pick([0, 3, 40, 300]));
  }

  /** So many random changes, and what they lead to as a new file. */
  step(changes: number): string {
    this.change(changes);
    const file = path.join(this.folder, `${this.files.length}.db`);
    copyFileSync(this.#live, file);
    this.files.push(file);
    return file;
  }

  change(changes: number): void {
    // Now and then nothing but what leaves the pages of the rows as they are.
    const isQuiet = this.#random.chance(0.4);
    for (let i = 0; i < changes; i++) this.#change(isQuiet);
  }

  remove(): void {
    this.#database.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #change(isQuiet: boolean): void {
    const random = this.#random;
    if (this.#names.length === 0) return;
    const { table, kind } = random.pick(this.#names);
    const from = random.below(320);
    const where = `_rowid_ BETWEEN ${from} AND ${from + random.below(60)}`;
    const hasRowid = !KINDS[kind]?.sql.includes("WITHOUT ROWID");
    const condition = hasRowid ? where : `coalesce(length(b), 0) % 7 = ${random.below(7)}`;
    const sql = this.#statements(table, condition);
    const put = () => this.#put(table, kind, from, random.pick([1, 5, 60]));
    const edit = () => this.#try(sql.edit);
    const remove = () => this.#try(sql.delete);
    const column = `${table} ADD COLUMN c${this.#columns++}`;
    const actions: (() => void)[] = [
      ...[put, put, put, put, edit, edit, remove, remove],
      () => this.#try(sql.inPlace),
      () => this.#try(random.chance(0.3) ? `DELETE FROM ${table}` : sql.touch),
      () => this.#try(random.chance(0.5) ? "VACUUM" : "PRAGMA incremental_vacuum(5)"),
      () => this.#try(`ALTER TABLE ${column} ${random.pick(DEFAULTS)}`),
      () =>
        this.#try(`ALTER TABLE ${table} ${random.pick(["DROP COLUMN a", `RENAME COLUMN r TO r${this.#columns++}`])}`),
      () => this.#rename(table, kind),
      () => (random.chance(0.6) ? this.#try(sql.grow) : this.#replace(table, kind)),
      () => this.#try(random.chance(0.5) ? `CREATE INDEX i${this.#columns++} ON ${table} (b)` : `REINDEX ${table}`),
    ];
    if (isQuiet) this.#try(sql.inPlace);
    else random.pick(actions)();
  }

  #replace(table: string, kind: number): void {
    this.#try(`DROP TABLE ${table}`);
    if (this.#random.chance(0.5)) this.#try(KINDS[kind]?.sql ?? "");
    this.#names = this.#names.filter((one) => this.#has(one.table));
  }

  #statements(table: string, condition: string) {
    const salt = this.#random.below(1000);
    return {
      edit: `UPDATE ${table} SET b = substr(coalesce(b, ''), 1, 20) || ' edited ${salt}' WHERE ${condition}`,
      // The same length, the change far behind the begin: SQLite overwrites the overflow page in place.
      inPlace: `UPDATE ${table} SET b = substr(b, 1, length(b) - 5) || '${String(salt).padStart(5, "0")}' WHERE length(b) > 300 AND ${condition}`,
      delete: `DELETE FROM ${table} WHERE ${condition}`,
      touch: `UPDATE ${table} SET b = b WHERE ${condition}`,
      grow: `UPDATE ${table} SET b = coalesce(b, '') || hex(zeroblob(${this.#random.pick([10, 300, 3000])})) WHERE ${condition}`,
    };
  }

  #put(table: string, kind: number, from: number, count: number): void {
    const made = KINDS[kind];
    if (!made) return;
    const has = new Set(
      this.#database
        .prepare("SELECT name FROM pragma_table_xinfo(?)")
        .all(table)
        .map(({ name }) => name),
    );
    const columns = [...made.columns, "b", ...(has.has("a") ? ["a"] : []), ...(has.has("r") ? ["r"] : [])];
    if (!made.columns.every((name) => has.has(name)) || !has.has("b")) return;
    const insert = this.#database.prepare(
      `INSERT OR REPLACE INTO ${table} (${columns.join()}) VALUES (${columns.map(() => "?").join()})`,
    );
    this.#database.exec("BEGIN");
    for (let n = from; n < from + count; n++) {
      const values = [
        ...made.key(n, this.#random),
        this.#text(n),
        ...(has.has("a") ? [this.#value()] : []),
        ...(has.has("r") ? [this.#random.below(9) / 2] : []),
      ];
      insert.run(...values);
    }
    this.#database.exec("COMMIT");
  }

  #text(n: number): string | null {
    const random = this.#random;
    if (random.chance(0.05)) return null;
    const long = random.chance(this.traits.longShare) ? random.pick([400, 2000, 9000, 70_000]) : random.below(60);
    return `${n} ä𝄞 `.repeat(1 + Math.ceil(long / 8));
  }

  #value(): null | number | bigint | string | Uint8Array {
    const random = this.#random;
    return random.pick([
      null,
      random.next() - 2 ** 31,
      random.fraction(),
      "text",
      Buffer.alloc(random.below(900), random.below(256)),
      2n ** 60n + BigInt(random.next()),
      0,
      1,
      -1,
    ]);
  }

  #rename(table: string, kind: number): void {
    const name = `renamed${this.#columns++}`;
    this.#try(`ALTER TABLE ${table} RENAME TO ${name}`);
    if (!this.#has(name)) return;
    this.#names = this.#names.map((one) => (one.table === table ? { table: name, kind } : one));
  }

  #has(table: string): boolean {
    return (
      this.#database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !== undefined
    );
  }

  /** What a random statement may not do (a column that is gone, a key that is there already) changes nothing. */
  #try(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (error) {
      if (!(error instanceof Error) || !("errcode" in error)) throw error;
    }
  }
}
