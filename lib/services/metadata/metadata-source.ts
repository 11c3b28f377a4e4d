import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { copySqlite, listCopies } from "../../db/copy-sqlite.ts";
import { dumpPostgres } from "../../db/dump-postgres.ts";
import type { Env } from "../../env.ts";

const EVERY_MS = 10 * 60_000;
const COPIES = "second-copy";
const METADATA_ROWS = "metadata.rows";

/** A file of an installation without which its databases come back, and its people do not. */
export type MetadataFile = { path: string; file: string; kind: "whole" | "content" };

/**
 * The metadata as they are shipped: a copy of the file, or every row of the server, made every ten minutes and whenever `due` says so, the
 * secret and what else the data directory holds beside the databases.
 */
export class MetadataSource {
  readonly #env: Env;
  readonly #folder: string;
  #made: { file: string; name: string; atMs: number; reason: string } | null = null;

  constructor(env: Env) {
    this.#env = env;
    this.#folder = path.join(env.paths.temporary, COPIES);
  }

  /** Changes when another copy is due. */
  stamp(reason: string, nowMs: number): string {
    const isDue = this.#made?.reason !== reason || nowMs - this.#made.atMs > EVERY_MS;
    return isDue ? `${reason} due ${nowMs}` : `${reason} ${this.#made?.atMs}`;
  }

  async prepare(reason: string, nowMs: number): Promise<void> {
    const { metadata } = this.#env;
    if (this.#made?.reason === reason && nowMs - this.#made.atMs <= EVERY_MS && existsSync(this.#made.file)) return;
    if (metadata.provider === "postgres") {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const file = path.join(this.#folder, METADATA_ROWS);
      await dumpPostgres(metadata.url, file);
      this.#made = { file, name: `metadata-${nowMs}.rows`, atMs: nowMs, reason };
      return;
    }
    const file = await copySqlite(metadata.file, this.#folder, "hourly", nowMs);
    for (const former of listCopies(this.#folder, "hourly")) if (former !== file) rmSync(former, { force: true });
    this.#made = { file, name: `lastgood-${nowMs}.db`, atMs: nowMs, reason };
  }

  /** When the copy that is listed was made, Unix milliseconds. */
  get madeAtMs(): number {
    return this.#made?.atMs ?? 0;
  }

  files(): MetadataFile[] {
    const { paths } = this.#env;
    const files: MetadataFile[] = [];
    if (this.#made) {
      files.push({ path: this.#made.name, file: this.#made.file, kind: "whole" });
    }
    for (const file of [paths.secret, paths.agentId, paths.auditAnchors]) {
      if (existsSync(file)) files.push({ path: path.basename(file), file, kind: "content" });
    }
    if (!existsSync(paths.clusterAccess)) return files;
    for (const name of readdirSync(paths.clusterAccess).sort()) {
      const file = path.join(paths.clusterAccess, name);
      if (name.endsWith(".json") && statSync(file).isFile()) {
        files.push({ path: `cluster-access/${name}`, file, kind: "content" });
      }
    }
    return files;
  }

  sizeOf(file: string): number {
    return statSync(file).size;
  }

  read(file: string): Buffer {
    return readFileSync(file);
  }
}
