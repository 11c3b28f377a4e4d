import { isUtf8 } from "node:buffer";
import { createHash, type Hash } from "node:crypto";
import { DOCUMENT_LIMITS, type DocumentLimits, ROWS_PER_CHUNK } from "./document-limits.ts";
import { readLines } from "./document-lines.ts";
import { type DocumentManifest, malformed, parseManifest, shown, valueNames } from "./document-manifest.ts";
import { type DocumentValue, RowParser } from "./document-row.ts";

/** Who is told what a document holds, in its order. What any of them throws ends the reading. */
export type DocumentTaker = {
  /** First of all; here a manifest that does not fit is refused. */
  manifest(manifest: DocumentManifest): void;
  /** Rows of the table with this number in the manifest, at most 500 at once. */
  rows(table: number, rows: DocumentValue[][]): void;
};

const HEAD = '{"manifest":';
const HASH = /"hash":"sha256:([0-9a-f]{64})"\},$/;

/**
 * Reads a document as it was written, in bounded memory. Only when it returns the document is known to be whole: counts and hash are
 * right only at its end. Throws `invalid_input` where it is not what its manifest says, `payload_too_large` beyond the limits.
 */
export async function readDocument(
  source: AsyncIterable<Uint8Array>,
  taker: DocumentTaker,
  limits: DocumentLimits = DOCUMENT_LIMITS,
): Promise<DocumentManifest> {
  const reading = new Reading(taker);
  const limit = () => (reading.isAtManifest ? limits.manifestBytes : limits.rowBytes + 1);
  for await (const { line, isEnded } of readLines(source, limits, limit)) {
    if (!isEnded) throw malformed("it ends in the middle of a line");
    reading.take(line);
  }
  return reading.end();
}

/** The manifest alone; nothing of what it says is proven. */
export async function readManifest(
  source: AsyncIterable<Uint8Array>,
  limits: DocumentLimits = DOCUMENT_LIMITS,
): Promise<DocumentManifest> {
  for await (const { line } of readLines(source, limits, () => limits.manifestBytes)) return manifestOf(line).manifest;
  throw malformed("it is empty");
}

function manifestOf(line: Buffer): { manifest: DocumentManifest; hashAt: number; hash: string } {
  const text = textOf(line);
  const found = HASH.exec(text);
  if (!text.startsWith(HEAD) || !found?.[1]) throw malformed("it does not begin with a manifest");
  const manifest = parseManifest(text.slice(HEAD.length, -1));
  return { manifest, hashAt: line.length - '"},'.length - 64, hash: found[1] };
}

function textOf(line: Buffer): string {
  if (!isUtf8(line)) throw malformed("it is no UTF-8");
  return line.toString("utf8");
}

type Place = "manifest" | "data" | "table" | "rows" | "end" | "over";

/** Where a document stands between two of its lines. */
class Reading {
  readonly #taker: DocumentTaker;
  readonly #hash: Hash = createHash("sha256");
  #manifest: DocumentManifest | null = null;
  #wantedHash = "";
  #place: Place = "manifest";
  #table = -1;
  #rows = 0;
  #chunk: DocumentValue[][] = [];
  #parser: RowParser | null = null;
  /** Whether another row must follow, and whether any may. */
  #next: "must" | "may" | "none" = "may";

  constructor(taker: DocumentTaker) {
    this.#taker = taker;
  }

  get isAtManifest(): boolean {
    return this.#place === "manifest";
  }

  take(line: Buffer): void {
    if (this.#place === "manifest") this.#begin(line);
    else {
      this.#hash.update(line).update("\n");
      this.#takeText(textOf(line));
    }
  }

  #takeText(text: string): void {
    switch (this.#place) {
      case "data":
        if (text !== '"data":{') throw malformed("its data does not follow its manifest");
        this.#place = this.#tables.length === 0 ? "end" : "table";
        return;
      case "table":
        this.#beginTable(text);
        return;
      case "rows":
        if (text.startsWith("]")) this.#endTable(text);
        else this.#takeRow(text);
        return;
      case "end":
        if (text !== "}}") throw malformed("its data has more than its manifest names");
        this.#place = "over";
        return;
      default:
        throw malformed("something follows its end");
    }
  }

  end(): DocumentManifest {
    if (this.#place !== "over" || !this.#manifest) throw malformed("its end is missing");
    if (this.#hash.digest("hex") !== this.#wantedHash) throw malformed("its hash is not that of its content");
    return this.#manifest;
  }

  get #tables() {
    return this.#manifest?.tables ?? [];
  }

  get #name(): string {
    return shown(this.#tables[this.#table]?.name ?? "");
  }

  #begin(line: Buffer): void {
    const { manifest, hashAt, hash } = manifestOf(line);
    this.#hash
      .update(line.subarray(0, hashAt))
      .update("0".repeat(64))
      .update(line.subarray(hashAt + 64))
      .update("\n");
    this.#wantedHash = hash;
    this.#manifest = manifest;
    this.#taker.manifest(manifest);
    this.#place = "data";
  }

  #beginTable(text: string): void {
    this.#table++;
    const table = this.#tables[this.#table];
    if (!table || text !== `${JSON.stringify(table.name)}:[`) {
      throw malformed("its data has another table than its manifest names");
    }
    this.#parser = new RowParser(table.name, valueNames(table));
    this.#rows = 0;
    this.#next = "may";
    this.#place = "rows";
  }

  #takeRow(text: string): void {
    if (this.#next === "none") throw malformed(`table ${this.#name} has rows where none may be`);
    const isLast = !text.endsWith("},");
    const row = this.#parser?.parse(isLast ? text : text.slice(0, -1));
    if (!row) throw new Error("a table has begun");
    this.#rows++;
    this.#next = isLast ? "none" : "must";
    this.#chunk.push(row);
    if (this.#chunk.length === ROWS_PER_CHUNK) this.#handOn();
  }

  #endTable(text: string): void {
    if (this.#next === "must") throw malformed(`table ${this.#name} breaks off`);
    const counted = this.#tables[this.#table]?.rows;
    if (counted !== this.#rows) {
      throw malformed(`table ${this.#name} has ${this.#rows} rows where its manifest says ${counted}`);
    }
    this.#handOn();
    const isLast = this.#table === this.#tables.length - 1;
    if (text !== (isLast ? "]" : "],")) throw malformed("its data has other tables than its manifest names");
    this.#place = isLast ? "end" : "table";
  }

  #handOn(): void {
    if (this.#chunk.length > 0) this.#taker.rows(this.#table, this.#chunk);
    this.#chunk = [];
  }
}
