import { closeSync, mkdirSync, openSync, write, writeSync } from "node:fs";
import path from "node:path";
import type { ListedFile } from "../bases/list-manifest.ts";
import { type RunningChecksum, startChecksum } from "./listed-checksum.ts";
import { BLOCK_BYTES, readTarHeader, type TarEntry, TarFault } from "./tar-header.ts";

/** Pieces of large files that are being written while the next ones are unpacked. */
const MOST_WRITES = 6;
/** Below this a file is written at once: handing it to another thread would take longer. */
const SMALL_BYTES = 128 * 1024;

/** What consists of pages, each with a checksum of its own. https://www.postgresql.org/docs/current/storage-file-layout.html */
const PAGES = /^(base\/\d+|global)\/\d+(_(fsm|vm|init))?(\.\d+)?$/;

export type Expected = {
  /** Null: nothing is known of the files, they are only unpacked. */
  listed: ReadonlyMap<string, ListedFile> | null;
  /** Of files of pages no checksum is computed here. */
  pagesAreChecked: boolean;
};

type OpenFile = {
  entry: TarEntry;
  fd: number;
  at: number;
  checksum: RunningChecksum | null;
  wanted: ListedFile | null;
  /** Writes that are under way. */
  pending: number;
  isComplete: boolean;
};

/**
 * Unpacks a tar archive into a fresh folder as its bytes come, each file's checksum computed on the way and compared with what is
 * listed. With a list, a file that is not on it is refused, and so is an archive that lacks one. Throws `TarFault`, and what the disk throws.
 */
export class TarUnpacker {
  readonly #folder: string;
  readonly #expected: Expected;
  readonly #missing: Set<string>;
  readonly #directories = new Set<string>();
  #header = Buffer.alloc(0);
  #file: OpenFile | null = null;
  /** Bytes that fill up the last block of a file. */
  #padding = 0;
  #isOver = false;
  #writes = 0;
  #failure: unknown = null;
  #wake: (() => void) | null = null;

  constructor(folder: string, expected: Expected) {
    this.#folder = folder;
    this.#expected = expected;
    this.#missing = new Set(expected.listed?.keys());
  }

  /** Takes the next bytes, which must not be changed afterwards. Resolves when more can be taken. */
  async take(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#isOver; ) {
      if (this.#failure) throw this.#failure;
      if (this.#padding > 0) {
        const skipped = Math.min(this.#padding, bytes.length - at);
        this.#padding -= skipped;
        at += skipped;
      } else if (this.#file) {
        const { entry, at: done } = this.#file;
        const piece = bytes.subarray(at, at + Math.min(entry.sizeBytes - done, bytes.length - at));
        this.#write(this.#file, piece);
        at += piece.length;
        while (this.#writes >= MOST_WRITES) await this.#somethingWritten();
      } else {
        const missing = BLOCK_BYTES - this.#header.length;
        this.#header = Buffer.concat([this.#header, bytes.subarray(at, at + missing)]);
        at += missing;
        if (this.#header.length === BLOCK_BYTES) this.#begin();
      }
    }
  }

  /** Waits until everything is written. Throws where the archive breaks off, or lacks what is listed. */
  async end(): Promise<void> {
    while (this.#writes > 0) await this.#somethingWritten();
    if (this.#failure) throw this.#failure;
    if (!this.#isOver) throw new TarFault("it breaks off");
    const [missing] = this.#missing;
    if (missing !== undefined) throw new TarFault(`it lacks ${missing}`);
  }

  /** Lets go of what is open, once nothing is written any more. */
  async abandon(): Promise<void> {
    while (this.#writes > 0) await this.#somethingWritten();
    if (this.#file) closeSync(this.#file.fd);
    this.#file = null;
  }

  #begin(): void {
    const entry = readTarHeader(this.#header);
    this.#header = Buffer.alloc(0);
    if (entry === null) {
      this.#isOver = true;
      return;
    }
    const target = path.join(this.#folder, entry.name);
    if (entry.kind === "directory") {
      this.#makeDirectory(target);
      return;
    }
    const { wanted, checksum } = this.#expect(entry);
    this.#makeDirectory(path.dirname(target));
    // It must not be there: nothing is ever written through a link.
    const fd = openSync(target, "wx", 0o600);
    this.#file = { entry, fd, at: 0, checksum, wanted, pending: 0, isComplete: false };
    if (entry.sizeBytes === 0) this.#complete(this.#file);
  }

  /** What is known of a file, and what proves it; null where that is done elsewhere. */
  #expect({ name, sizeBytes }: TarEntry): Pick<OpenFile, "wanted" | "checksum"> {
    const { listed, pagesAreChecked } = this.#expected;
    if (!listed) return { wanted: null, checksum: null };
    const wanted = listed.get(name);
    if (!wanted) throw new TarFault(`it holds ${name}, which its manifest does not know`);
    if (!this.#missing.delete(name)) throw new TarFault(`it holds ${name} twice`);
    if (wanted.sizeBytes !== sizeBytes)
      throw new TarFault(`${name} has ${sizeBytes} bytes, and ${wanted.sizeBytes} in its manifest`);
    if (pagesAreChecked && PAGES.test(name)) return { wanted, checksum: null };
    const checksum = startChecksum(wanted.algorithm);
    if (!checksum) throw new TarFault(`its manifest has no checksum of ${name} that can be compared`);
    return { wanted, checksum };
  }

  #write(file: OpenFile, piece: Buffer): void {
    const at = file.at;
    file.at += piece.length;
    file.checksum?.update(piece);
    if (file.entry.sizeBytes <= SMALL_BYTES) writeAll(file.fd, piece, at);
    else this.#writeAside(file, piece, at);
    if (file.at === file.entry.sizeBytes) this.#complete(file);
  }

  /** Written by another thread while the next bytes are unpacked. */
  #writeAside(file: OpenFile, piece: Buffer, at: number): void {
    this.#writes++;
    file.pending++;
    const go = (from: number) =>
      write(file.fd, piece, from, piece.length - from, at + from, (error, written) => {
        if (!error && from + written < piece.length) return go(from + written);
        if (error) this.#failure ??= error;
        this.#writes--;
        file.pending--;
        if (file.isComplete && file.pending === 0) closeSync(file.fd);
        this.#wake?.();
      });
    go(0);
  }

  #complete(file: OpenFile): void {
    const { entry, wanted, checksum } = file;
    file.isComplete = true;
    if (file.pending === 0) closeSync(file.fd);
    this.#file = null;
    this.#padding = (BLOCK_BYTES - (entry.sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
    if (wanted && checksum && checksum.hex() !== wanted.checksum)
      throw new TarFault(`${entry.name} is not what its manifest says`);
  }

  #makeDirectory(directory: string): void {
    if (this.#directories.has(directory)) return;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#directories.add(directory);
  }

  #somethingWritten(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        resolve();
      };
    });
  }
}

function writeAll(fd: number, bytes: Buffer, at: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
}
