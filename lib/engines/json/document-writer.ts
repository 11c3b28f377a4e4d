import { createHash } from "node:crypto";
import { disk } from "../../storage/disk.ts";
import { DOCUMENT_LIMITS, type DocumentLimits, documentTooLarge } from "./document-limits.ts";
import { type DocumentManifest, NO_HASH, shown, valueNames } from "./document-manifest.ts";
import { type DocumentValue, valuePrefixes, writeRow } from "./document-row.ts";

const BUFFER_CHARACTERS = 512 * 1024;

/**
 * Writes a document (FORMAT.md) into a file. The manifest comes first and says how many rows there are, so they were counted before:
 * the state does not change. Only the hash is put in at the end, over the zeroes that stand for it and count as part of what is hashed.
 */
export class DocumentWriter {
  readonly #fd: number;
  readonly #manifest: DocumentManifest;
  readonly #limits: DocumentLimits;
  readonly #hash = createHash("sha256");
  readonly #hashAt: number;
  #waiting: string[] = [];
  #waitingCharacters = 0;
  #written = 0;
  #table = -1;
  #rows = 0;
  #prefixes: string[] = [];

  /** @param file is made, or overwritten */
  constructor(file: string, manifest: Omit<DocumentManifest, "hash">, limits: DocumentLimits = DOCUMENT_LIMITS) {
    this.#limits = limits;
    this.#manifest = { ...manifest, hash: NO_HASH };
    const line = `{"manifest":${JSON.stringify(this.#manifest)},\n`;
    if (Buffer.byteLength(line) > limits.manifestBytes) {
      throw documentTooLarge("What describes the tables", limits.manifestBytes);
    }
    this.#hashAt = Buffer.byteLength(line) - '"},\n'.length - 64;
    this.#fd = disk.openSync(file, "w+", 0o600);
    this.#put(line);
    this.#put('"data":{\n');
  }

  /** Begins the next table of the manifest. */
  beginTable(): void {
    this.#table++;
    const table = this.#manifest.tables[this.#table];
    if (!table) throw new Error("the manifest has no more tables");
    this.#rows = 0;
    this.#prefixes = valuePrefixes(valueNames(table));
    this.#put(`${JSON.stringify(table.name)}:[`);
  }

  /** Throws `payload_too_large` for a row that no reader would take. */
  row(values: readonly DocumentValue[]): void {
    const line = writeRow(this.#prefixes, values);
    // Each character is at most three bytes of UTF-8; only where that could be too many they are counted.
    if (line.length * 3 > this.#limits.rowBytes && Buffer.byteLength(line) > this.#limits.rowBytes) {
      throw documentTooLarge(`A row of table ${shown(this.#name)}`, this.#limits.rowBytes);
    }
    this.#put(`${this.#rows === 0 ? "\n" : ",\n"}${line}`);
    this.#rows++;
  }

  endTable(): void {
    const { tables } = this.#manifest;
    const counted = tables[this.#table]?.rows;
    if (counted !== this.#rows)
      throw new Error(`table ${this.#name} has ${this.#rows} rows where ${counted} were counted`);
    this.#put(this.#table === tables.length - 1 ? "\n]\n" : "\n],\n");
  }

  /** Puts the hash in and makes the file durable. */
  finish(): { sizeBytes: number; hash: string } {
    this.#put("}}\n");
    this.#flush();
    const hash = this.#hash.digest("hex");
    disk.writeSync(this.#fd, Buffer.from(hash, "latin1"), 0, 64, this.#hashAt);
    disk.fsyncSync(this.#fd);
    return { sizeBytes: this.#written, hash: `sha256:${hash}` };
  }

  close(): void {
    disk.closeSync(this.#fd);
  }

  get #name(): string {
    return this.#manifest.tables[this.#table]?.name ?? "";
  }

  #put(text: string): void {
    this.#waiting.push(text);
    this.#waitingCharacters += text.length;
    if (this.#waitingCharacters >= BUFFER_CHARACTERS) this.#flush();
  }

  #flush(): void {
    const bytes = Buffer.from(this.#waiting.join(""));
    this.#waiting = [];
    this.#waitingCharacters = 0;
    this.#hash.update(bytes);
    for (let done = 0; done < bytes.length; ) {
      done += disk.writeSync(this.#fd, bytes, done, bytes.length - done, this.#written + done);
    }
    this.#written += bytes.length;
    if (this.#written > this.#limits.documentBytes) {
      throw documentTooLarge("The document", this.#limits.documentBytes);
    }
  }
}
