import path from "node:path";
import { z } from "zod";
import { disk } from "../../../storage/disk.ts";
import { writeFileDurably } from "../../../storage/durable-file.ts";
import type { ProtectedDatabase } from "../../engine.ts";
import { readIfThere } from "../history/index-files.ts";
import type { NameOfFile } from "../moments/cluster-marks.ts";
import type { PostgresContext } from "../postgres-context.ts";
import { accessOf, preferredDatabase } from "./cluster-access.ts";
import { withSession } from "./server-session.ts";

const namesSchema = z.record(z.string(), z.record(z.string(), z.string()));
/** By stretch, which tables the files were of: a restore gives the numbers out again. */
type Known = z.infer<typeof namesSchema>;

const ASK_AGAIN_MS = 20_000;
const WITHIN_MS = 2_000;
const MOST_TABLES = 20_000;
const MOST_KEPT = 100_000;

/** Tables with their files, and with the files that parts of their large values lie in. */
const TABLES = `SELECT pg_catalog.pg_relation_filenode(f.oid)::text, CASE WHEN nspname = 'public' THEN '' ELSE pg_catalog.quote_ident(nspname) || '.' END
    || pg_catalog.quote_ident(c.relname)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class f ON f.oid = c.oid OR f.oid = c.reltoastrelid
  WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND c.oid >= 16384 LIMIT ${MOST_TABLES}`;

/**
 * Remembers which tables the files of a cluster are of, since its log names files alone: the server is asked now and then, and what was
 * seen once stays known after the table is gone. A table that came and went in between has no name here.
 */
export class TableNames {
  readonly #context: PostgresContext;
  readonly #known = new Map<string, { names: Known; askedMs: number }>();

  constructor(context: PostgresContext) {
    this.#context = context;
  }

  /** What is known by now; a server that does not answer within two seconds is not waited for. */
  async of(db: ProtectedDatabase): Promise<NameOfFile> {
    const one = this.#known.get(db.id) ?? { names: this.#read(db.id), askedMs: -ASK_AGAIN_MS };
    this.#known.set(db.id, one);
    if (performance.now() - one.askedMs >= ASK_AGAIN_MS) {
      one.askedMs = performance.now();
      await this.#ask(db, one.names).catch((error: unknown) =>
        this.#context.log.debug({ err: error, database: db.id }, "the names of tables are not known"),
      );
    }
    return (activation, file) => one.names[activation]?.[file] ?? null;
  }

  /** Forgets names of tables of the past; those that are there are asked for anew. */
  forget({ id }: ProtectedDatabase): void {
    this.#known.delete(id);
    disk.rmSync(this.#file(id), { force: true });
  }

  async #ask(db: ProtectedDatabase, names: Known): Promise<void> {
    const newest = () => this.#context.historyOf(db).stretches.at(-1)?.activation ?? 0;
    const activation = newest();
    const place = { ...accessOf(this.#context, db), database: preferredDatabase(this.#context, db) };
    const signal = AbortSignal.timeout(WITHIN_MS);
    const rows = await withSession(place, (session) => session.rows(TABLES), signal);
    // Another state may have been swapped in meanwhile.
    if (newest() !== activation) return;
    const before = JSON.stringify(names[activation] ?? {});
    const merged = { ...names[activation] };
    for (const [file, name] of rows) if (file && name) merged[file] = name;
    names[activation] = Object.fromEntries(Object.entries(merged).slice(-MOST_KEPT));
    if (JSON.stringify(names[activation]) !== before)
      writeFileDurably(this.#file(db.id), Buffer.from(JSON.stringify(names)));
  }

  #read(id: string): Known {
    const kept = readIfThere(this.#file(id)).toString("utf8");
    return kept === "" ? {} : namesSchema.parse(JSON.parse(kept));
  }

  #file(id: string): string {
    return path.join(this.#context.paths.temporary, `${id}.tables.json`);
  }
}
