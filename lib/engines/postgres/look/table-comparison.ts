import type { ServerSession, Text } from "./server-session.ts";
import { rowSql, type TablePair } from "./table-pair.ts";

/** Where a row is, or that it is on both sides with other values. */
export type Where = "here" | "there" | "changed";
export type RowCounts = Record<Where, number>;
/** A row that differs, by what names it: the texts of its key, or of a table without one a digest and a number. */
export type NamedRow = { name: Text[]; where: Where; at: number };

/** The sessions of a comparison. `there` is in a transaction that only reads, so that what it reads is one state. */
export type Sessions = { here: ServerSession; there: ServerSession };

const ROWS_A_BATCH = 5000;
const FEWEST_BUCKETS = 64;
const MOST_BUCKETS = 65_536;
const PAGE_BYTES = 8192;

type Sums = Map<string, string>;

/**
 * Finds the rows of one table that differ. Both servers put their rows into buckets by the hash of their key and add up the hashes of
 * each: only what lies in buckets that are not alike is brought over and compared, by the operators of the key's own index.
 */
export class TableComparison {
  readonly pair: TablePair;
  readonly #sessions: Sessions;
  readonly #list: string;
  #counts: RowCounts = { here: 0, there: 0, changed: 0 };
  /** Set where only one side has rows: then no list of them is kept. */
  #only: "here" | "there" | null = null;

  /** @param number names its temporary tables; no other comparison of the same session has it */
  constructor(pair: TablePair, sessions: Sessions, number: number) {
    this.pair = pair;
    this.#sessions = sessions;
    this.#list = `lastgood_differing_${number}`;
  }

  get counts(): RowCounts {
    return this.#counts;
  }

  /** Whether any row differs. */
  get differs(): boolean {
    return Object.values(this.#counts).some((count) => count > 0);
  }

  async compare(): Promise<RowCounts> {
    const { here, there } = this.pair;
    if (!here || !there) return this.#countOnly(here ? "here" : "there");
    const buckets = await this.#chooseBuckets();
    const [ours, theirs] = await Promise.all([this.#sums("here", buckets), this.#sums("there", buckets)]);
    if (ours.size === 0 && theirs.size === 0) return this.#counts;
    if (ours.size === 0 || theirs.size === 0) return this.#countOnly(ours.size > 0 ? "here" : "there");
    const all = new Set([...ours.keys(), ...theirs.keys()]);
    const differing = [...all].filter((bucket) => ours.get(bucket) !== theirs.get(bucket));
    if (differing.length === 0) return this.#counts;
    await this.#bringOver(differing, buckets);
    await this.#makeList(differing, buckets);
    for (const [where, count] of await this.#sessions.here.rows(
      `SELECT at_side, pg_catalog.count(*) FROM pg_temp.${this.#list} GROUP BY 1`,
    )) {
      this.#counts[where as Where] = Number(count);
    }
    return this.#counts;
  }

  /** Rows of these kinds behind number `after`, in the order of their keys; the same question gives the same rows. */
  async page(wheres: readonly Where[], after: number, limit: number): Promise<NamedRow[]> {
    if (this.#only !== null) return wheres.includes(this.#only) ? this.#pageOfOne(this.#only, after, limit) : [];
    if (!this.differs) return [];
    const names = this.#nameColumns();
    const rows = await this.#sessions.here.rows(
      `SELECT at, at_side, ${names.map((name) => `pg_catalog.format('%s', ${name})`).join(", ")}
       FROM pg_temp.${this.#list} WHERE at > $1 AND at_side = ANY ($2) ORDER BY at LIMIT ${limit}`,
      [String(after), [...wheres]],
    );
    return rows.map(([at, where, ...name]) => ({ at: Number(at), where: where as Where, name }));
  }

  /** The number of the row of that name; null where it does not differ. */
  async find(name: readonly Text[]): Promise<number | null> {
    if (this.#only !== null || !this.differs) return null;
    const columns = this.#nameColumns();
    const same = columns.map((column, i) => `pg_catalog.format('%s', ${column}) = $${i + 1}`).join(" AND ");
    if (columns.length !== name.length) return null;
    const at = await this.#sessions.here.value(`SELECT at FROM pg_temp.${this.#list} WHERE ${same}`, name);
    return at === null ? null : Number(at);
  }

  get #hasKey(): boolean {
    return (this.pair.here ?? this.pair.there)?.key !== null;
  }

  #nameColumns(): string[] {
    const names = rowSql(this.pair).names.map((_, i) => `k${i}`);
    return this.#hasKey ? names : [...names, "nth"];
  }

  async #countOnly(side: "here" | "there"): Promise<RowCounts> {
    const form = this.pair[side];
    const count = await this.#sessions[side].value(`SELECT pg_catalog.count(*) FROM ONLY ${form?.sql}`);
    this.#only = side;
    this.#counts[side] = Number(count);
    return this.#counts;
  }

  async #chooseBuckets(): Promise<number> {
    const sizes = await Promise.all(
      (["here", "there"] as const).map((side) =>
        this.#sessions[side].value("SELECT pg_catalog.pg_relation_size($1::pg_catalog.oid)", [
          this.pair[side]?.oid ?? "0",
        ]),
      ),
    );
    const pages = Math.max(...sizes.map(Number)) / PAGE_BYTES;
    const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, pages)));
    return Math.min(MOST_BUCKETS, Math.max(FEWEST_BUCKETS, wanted));
  }

  async #sums(side: "here" | "there", buckets: number): Promise<Sums> {
    const { hash, keyHash } = rowSql(this.pair);
    // Rows without a key may be there twice, which an exclusive or would not see.
    const sum = this.#hasKey ? "pg_catalog.bit_xor(h)" : "pg_catalog.sum(h)";
    const rows = await this.#sessions[side].rows(
      `SELECT b, pg_catalog.count(*), ${sum} FROM (
         SELECT ${keyHash} & ${buckets - 1} AS b, ${hash} AS h FROM ONLY ${this.pair[side]?.sql} t) s GROUP BY b`,
    );
    return new Map(rows.map(([bucket, count, total]) => [bucket ?? "", `${count} ${total}`]));
  }

  /** What names the rows of `there` in these buckets, and what they hold, into a temporary table of `here`. */
  async #bringOver(differing: readonly string[], buckets: number): Promise<void> {
    const { names, types, hash } = rowSql(this.pair);
    const { here, there } = this.#sessions;
    const columns = names.map((_, i) => `k${i}`);
    await here.run(
      `CREATE TEMPORARY TABLE ${this.#list}_there (${columns.map((name, i) => `${name} ${types[i]}`).join(", ")}, h pg_catalog.int8)`,
    );
    const where = this.#within(differing, buckets);
    const sql = `SELECT ${names.join(", ")}, ${hash} FROM ONLY ${this.pair.there?.sql} t ${where}`;
    const lists = columns.map((_, i) => `$${i + 1}::pg_catalog.text[]`).join(", ");
    const insert = `INSERT INTO pg_temp.${this.#list}_there SELECT ${columns.map((name, i) => `CAST(u.${name} AS ${types[i]})`).join(", ")}, u.h
      FROM unnest(${lists}, $${columns.length + 1}::pg_catalog.int8[]) AS u(${columns.join(", ")}, h)`;
    for await (const rows of there.batches(sql, [], ROWS_A_BATCH)) {
      await here.run(
        insert,
        [...columns, "h"].map((_, i) => rows.map((row) => row[i] ?? null)),
      );
    }
    await here.run(`ANALYZE pg_temp.${this.#list}_there`);
  }

  async #makeList(differing: readonly string[], buckets: number): Promise<void> {
    const { values, hash } = rowSql(this.pair);
    const columns = values.map((_, i) => `k${i}`);
    const where = this.#within(differing, buckets);
    const ours = `SELECT ${values.map((value, i) => `${value} AS k${i}`).join(", ")}, ${hash} AS h FROM ONLY ${this.pair.here?.sql} t ${where}`;
    const either = columns.map((name) => `COALESCE(h.${name}, t.${name}) AS ${name}`).join(", ");
    const operators = this.pair.here?.key?.operators ?? ["="];
    const same = columns.map((name, i) => `h.${name} ${operators[i]} t.${name}`).join(" AND ");
    const list = this.#hasKey
      ? `SELECT ${either}, CASE WHEN t.h IS NULL THEN 'here' WHEN h.h IS NULL THEN 'there' ELSE 'changed' END AS at_side
         FROM (${ours}) h FULL JOIN pg_temp.${this.#list}_there t ON ${same} WHERE h.h IS DISTINCT FROM t.h`
      : `SELECT k0, nth, CASE WHEN ours > theirs THEN 'here' ELSE 'there' END AS at_side FROM (
           SELECT ${either}, COALESCE(h.n, 0) AS ours, COALESCE(t.n, 0) AS theirs
           FROM (SELECT k0, pg_catalog.count(*) AS n FROM (${ours}) o GROUP BY k0) h
           FULL JOIN (SELECT k0, pg_catalog.count(*) AS n FROM pg_temp.${this.#list}_there GROUP BY k0) t ON ${same}
           WHERE h.n IS DISTINCT FROM t.n) m, LATERAL pg_catalog.generate_series(LEAST(ours, theirs) + 1, GREATEST(ours, theirs)) AS nth`;
    const order = this.#nameColumns().join(", ");
    await this.#sessions.here.run(
      `CREATE TEMPORARY TABLE ${this.#list} AS SELECT pg_catalog.row_number() OVER (ORDER BY ${order}) AS at, * FROM (${list}) l;
       CREATE INDEX ON ${this.#list} (at); ANALYZE ${this.#list}; DROP TABLE ${this.#list}_there`,
    );
  }

  /** Numbers of ours alone. */
  #within(differing: readonly string[], buckets: number): string {
    const list = differing.map(Number).join(",");
    return `WHERE ${rowSql(this.pair).keyHash} & ${buckets - 1} = ANY ('{${list}}'::pg_catalog.int8[])`;
  }

  async #pageOfOne(side: "here" | "there", after: number, limit: number): Promise<NamedRow[]> {
    const { names, values } = rowSql(this.pair);
    const nth = this.#hasKey ? "" : `, pg_catalog.row_number() OVER (PARTITION BY ${values[0]})`;
    const order = this.#hasKey ? values.join(", ") : `1, 2`;
    const rows = await this.#sessions[side].rows(
      `SELECT ${names.join(", ")}${nth} FROM ONLY ${this.pair[side]?.sql} t ORDER BY ${order} OFFSET ${Math.trunc(after)} LIMIT ${limit}`,
    );
    return rows.map((name, i) => ({ name, where: side, at: after + i + 1 }));
  }
}
