import { assert } from "../../domain/assert.ts";
import type { Storage } from "../storage.ts";
import {
  type CopiedFile,
  type CopyAbout,
  type CopyHead,
  encodeCatalog,
  encodeHead,
  headKey,
  heldBytes,
  newObject,
  objectKey,
  type Piece,
} from "./copy-format.ts";
import { CopyLocks } from "./copy-locks.ts";
import type { CopyStores } from "./copy-stores.ts";
import type { CopyListing, ListedFile } from "./listed-file.ts";
import { FileChanged, localSum, SetBack, stampOf } from "./local-bytes.ts";
import { readHeads } from "./read-heads.ts";
import { RetiredObjects } from "./retired-objects.ts";
import { nextPieceFrom, pieceBytesOf, shipPiece } from "./ship-pieces.ts";
import { hashOf, inOne } from "./whole-bytes.ts";

/** Files that may come later are shipped for so long, then what is new comes first again. */
const LATER_FOR_MS = 1500;
const TAIL_BYTES = 4096;

/** `capturedUntilMs`: everything that was committed before it is in the listing; 0 where nobody knows until when. */
export type ShipFacts = { about: CopyAbout; capturedUntilMs: number };
/** `isComplete`: all that was listed is in the copy. `damaged`: files whose bytes on this disk are not those that were shipped. */
export type Shipped = { isComplete: boolean; isWhole: boolean; damaged: string[]; shippedBytes: number };

type Growing = CopiedFile & { tail?: string };

/**
 * Writes the second copy of one history: pieces first, then a head that names all of them, so that at any time the newest head is a
 * restorable history. One writer at a time. What a former one left is gone on with.
 */
export class CopyWriter {
  stores: CopyStores;
  readonly copyId: string;
  head: CopyHead | null = null;
  whole = new Map<string, CopiedFile>();
  partial = new Map<string, CopiedFile>();
  growing = new Map<string, Growing>();
  /** Objects that were found missing or altered, and are to be shipped again. */
  readonly bad = new Set<string>();
  /** So many heads are written even where nothing is new: 2 write both anew. */
  headsDue = 0;
  readonly retired: RetiredObjects;
  readonly #locks: CopyLocks;
  /** The next head is locked, as all is that it names. */
  #isHeadDue = false;
  /** What each of the two heads in the store names. */
  #named: [Set<string>, Set<string>] = [new Set(), new Set()];
  /** Whole files that were compared with what is in the copy since this process runs. */
  #compared = new Set<string>();
  /** The files changed since a head was written that names them. */
  #isCatalogDue = false;
  #serial = 0;
  #shipped = 0;
  /** The key that everything which it names is sealed with; null: several, none, or nobody knows. */
  sealedWith: string | null;

  private constructor(stores: CopyStores, copyId: string) {
    this.stores = stores;
    this.sealedWith = stores.keyId;
    this.copyId = copyId;
    this.retired = new RetiredObjects(copyId);
    this.#locks = new CopyLocks(copyId);
  }

  /** Reads what there is of a copy. Throws `storage_unavailable`, `storage_key_missing`. */
  static async open(stores: CopyStores, copyId: string): Promise<CopyWriter> {
    const writer = new CopyWriter(stores, copyId);
    for (const { head, whole } of (await readHeads(stores, copyId, true)).reverse()) {
      writer.#serial = head.serial;
      writer.head = head;
      writer.sealedWith = head.sealedWith ?? null;
      writer.whole = new Map(whole.map((file) => [file.path, file]));
      writer.partial = new Map(head.partial.map((file) => [file.path, file]));
      writer.growing = new Map(head.files.filter(({ kind }) => kind === "growing").map((file) => [file.name, file]));
      writer.#named[head.serial % 2 === 0 ? 0 : 1] = writer.objects();
    }
    const now = writer.objects();
    const isNamedApart = writer.#named.some((named) => [...named].some((object) => !now.has(object)));
    writer.headsDue = isNamedApart ? 1 : 0;
    return writer;
  }

  /** Every object that the copy is made of now. */
  objects(): Set<string> {
    const all = [this.whole, this.partial, this.growing].flatMap((files) => [...files.values()]);
    const objects = new Set(all.flatMap(({ pieces }) => pieces.map(({ object }) => object)));
    if (this.head?.catalog) objects.add(this.head.catalog.object);
    return objects;
  }

  /** The same with what the head before it names, and what is kept for readers. */
  keptObjects(): Set<string> {
    return new Set([...this.objects(), ...this.#named[0], ...this.#named[1], ...this.retired.kept()]);
  }

  /**
   * Locks all that the copy is made of, for `forMs` at most, and then writes the same head once more, locked as well: whoever has the
   * credentials cannot take away this state of it. Answers whether that is done. Throws `storage_unavailable`.
   */
  async lockAll(forMs: number, signal?: AbortSignal): Promise<boolean> {
    if (!this.head) return false;
    // What was shipped since may have taken the place of what it names.
    const objects = new Set([...this.#named[this.#serial % 2 === 0 ? 0 : 1], ...this.objects()]);
    const { locked, isDone } = await this.#locks.lock(this.stores, objects, performance.now() + forMs, signal);
    this.#isHeadDue ||= locked > 0;
    if (!isDone || !this.#isHeadDue) return isDone;
    // Of this very state: the next one names pieces that nobody has locked.
    const head = { ...this.head, serial: this.#serial + 1, writtenAtMs: Date.now() };
    await this.#putHead(head, this.stores.lasting, signal);
    this.#isHeadDue = false;
    return true;
  }

  get sizeBytes(): number {
    let bytes = 0;
    for (const files of [this.whole, this.partial, this.growing]) {
      for (const file of files.values()) for (const piece of file.pieces) bytes += piece.bytes;
    }
    return bytes;
  }

  /**
   * Ships what is new of a listing. What may come later is shipped for a while only: where it is not complete it is to be called again
   * at once. Throws as `Storage`, `FileChanged` where the history went on: then it is listed anew.
   */
  async ship(listing: CopyListing, facts: ShipFacts, signal?: AbortSignal): Promise<Shipped> {
    const shippedBefore = this.#shipped;
    assert((this.head?.generation ?? listing.generation) === listing.generation, "a copy is of one history");
    const damaged: string[] = [];
    const whole = new Map<string, CopiedFile>();
    const files: CopiedFile[] = [];
    const growing = new Map<string, Growing>();
    const startedMs = performance.now();
    const later = listing.files.filter((file) => file.kind === "whole" && file.group !== null);
    for (const file of [...listing.files.filter((one) => !later.includes(one)), ...later]) {
      signal?.throwIfAborted();
      if (file.kind === "content") {
        files.push(contentOf(file));
      } else if (file.kind === "growing") {
        const grown = await this.#grow(file, signal);
        growing.set(file.name, grown);
        this.growing.set(file.name, grown);
      } else {
        const untilMs = file.group === null ? Number.POSITIVE_INFINITY : startedMs + LATER_FOR_MS;
        const shipped = await this.#shipWhole(file, untilMs, damaged, signal);
        if (shipped) whole.set(file.path, shipped);
      }
    }
    const missing = listing.files.filter((file) => file.kind === "whole" && !whole.has(file.path));
    const openGroups = new Set(missing.map((file) => (file.kind === "whole" ? file.group : null)));
    for (const [path, { group }] of whole) {
      if (group !== null && openGroups.has(group)) {
        this.partial.set(path, whole.get(path) as CopiedFile);
        whole.delete(path);
      }
    }
    const isComplete = missing.length === 0;
    // A later image is on its way, or something is lost here: until then the copy keeps what it has.
    const isKept = !isComplete || !listing.isSound || damaged.length > 0;
    if (isKept) keepMissing(whole, this.whole);
    if (isKept) keepMissing(growing, this.growing);
    for (const path of whole.keys()) this.partial.delete(path);
    if (isComplete) this.partial.clear();
    this.growing = growing;
    const isWhole = isComplete || (this.head?.isWhole ?? false);
    await this.#publish({ listing, facts, whole, files, isWhole }, signal);
    await this.retired.removeDue(this.stores);
    return { isComplete, isWhole, damaged, shippedBytes: this.#shipped - shippedBefore };
  }

  /** Null: not all of it is there yet. */
  async #shipWhole(
    file: Extract<ListedFile, { kind: "whole" }>,
    untilMs: number,
    damaged: string[],
    signal?: AbortSignal,
  ): Promise<CopiedFile | null> {
    const shipped = this.whole.get(file.path);
    const { version } = file;
    const isAnew = version !== undefined && shipped?.version !== undefined && shipped.version !== version;
    const known = isAnew ? undefined : shipped;
    const isSound = known && !known.pieces.some(({ object }) => this.bad.has(object));
    if (known && isSound && this.#compared.has(file.path)) {
      return version === undefined || known.version === version ? known : { ...known, version };
    }
    const stat = stampOf(file.file);
    if (!stat) throw new FileChanged(`${file.file} is gone`);
    if (known && isSound && known.stamp === stat.stamp) {
      this.#compared.add(file.path);
      return known;
    }
    const begun = known ?? this.partial.get(file.path) ?? this.#grownInto(file);
    const pieces: Piece[] = [];
    for (const piece of begun?.pieces ?? []) {
      const isSame =
        begun?.stamp === stat.stamp || (await localSum(file.file, piece.from, piece.bytes)) === piece.sha256;
      if (!isSame && known) damaged.push(file.path);
      if (!isSame && known) return known;
      if (!isSame) break;
      if (this.bad.has(piece.object)) break;
      pieces.push(piece);
    }
    if (known && known.sizeBytes !== stat.bytes) {
      damaged.push(file.path);
      return known;
    }
    const entry: CopiedFile = { ...entryOf(file), sizeBytes: stat.bytes, stamp: stat.stamp, group: file.group, pieces };
    if (file.version !== undefined) entry.version = file.version;
    const pieceBytes = pieceBytesOf(stat.bytes);
    while (heldBytes(entry) < stat.bytes) {
      if (performance.now() > untilMs) {
        this.partial.set(file.path, entry);
        return null;
      }
      const from = heldBytes(entry);
      const bytes = Math.min(pieceBytes, stat.bytes - from);
      entry.pieces.push(await this.#put({ file: file.file, from, bytes, isLasting: true }, signal));
    }
    if (stampOf(file.file)?.stamp !== stat.stamp) throw new FileChanged(`${file.file} was changed`);
    this.#compared.add(file.path);
    // Should the head not be written, it is not shipped again.
    this.partial.set(file.path, entry);
    return entry;
  }

  /** A file that was growing under another path until it was whole. */
  #grownInto({ name }: ListedFile): CopiedFile | undefined {
    return this.growing.get(name);
  }

  async #grow(file: Extract<ListedFile, { kind: "growing" }>, signal?: AbortSignal): Promise<Growing> {
    const known = this.growing.get(file.name);
    const isGone = known?.pieces.some(({ object }) => this.bad.has(object)) ?? false;
    let entry: Growing = { ...entryOf(file), sizeBytes: file.sizeBytes, stamp: null, group: null, pieces: [] };
    const goesOn = known && heldBytes(known) <= file.bytes && (await this.#goesOn(known, file.file));
    if (known && !goesOn && !stampOf(file.file)) throw new FileChanged(`${file.file} is gone`);
    if (known && file.isFinal && !goesOn) throw new SetBack(`${file.path} does not begin with what was shipped`);
    if (known && !isGone && goesOn) {
      entry = { ...entry, pieces: known.pieces, ...(known.tail !== undefined && { tail: known.tail }) };
    }
    if (heldBytes(entry) === file.bytes) return entry;
    const from = nextPieceFrom(entry.pieces, file.bytes);
    const pieces = entry.pieces.filter((piece) => piece.from < from);
    const most = pieceBytesOf(0);
    for (let at = from; at < file.bytes; at += most) {
      const bytes = Math.min(most, file.bytes - at);
      pieces.push(await this.#put({ file: file.file, from: at, bytes, isLasting: false }, signal));
    }
    const tail = await tailOf(file.file, file.bytes);
    return { ...entry, pieces, ...(tail !== null && { tail }) };
  }

  /** Whether the local file still begins with what was shipped of it: a crash may have taken back what was not durable. */
  async #goesOn(known: Growing, file: string): Promise<boolean> {
    const held = heldBytes(known);
    if (held === 0) return true;
    if (known.tail !== undefined) return (await tailOf(file, held)) === known.tail;
    for (const { from, bytes, sha256 } of known.pieces) {
      if ((await localSum(file, from, bytes)) !== sha256) return false;
    }
    return true;
  }

  async #put(order: Parameters<typeof shipPiece>[2], signal?: AbortSignal): Promise<Piece> {
    const piece = await shipPiece(this.stores, this.copyId, order, signal);
    this.#shipped += piece.bytes;
    if (order.isLasting) this.#locks.note(this.stores, piece.object);
    return piece;
  }

  async #publish(
    next: {
      listing: CopyListing;
      facts: ShipFacts;
      whole: Map<string, CopiedFile>;
      files: CopiedFile[];
      isWhole: boolean;
    },
    signal?: AbortSignal,
  ): Promise<void> {
    const { listing, facts, whole, files, isWhole } = next;
    this.#isCatalogDue ||= !isSame(whole, this.whole) || !this.head?.catalog || this.bad.has(this.head.catalog.object);
    const isCatalogNew = this.#isCatalogDue;
    const former = this.head;
    this.whole = whole;
    const growing = [...this.growing.values()].map(({ tail: _, ...file }) => file);
    const catalog = isCatalogNew ? await this.#putCatalog(signal) : (former?.catalog ?? null);
    const serial = this.#serial + 1;
    const head: CopyHead = {
      version: 1,
      copyId: this.copyId,
      serial,
      writtenAtMs: Date.now(),
      about: facts.about,
      generation: listing.generation,
      isWhole,
      shippedUntilMs: isWhole ? completeUntil(facts.capturedUntilMs, former, listing.newest.timeMs) : null,
      newest: isWhole ? listing.newest : null,
      oldest: isWhole ? (listing.oldest ?? null) : null,
      catalog,
      sealedWith: this.sealedWith === this.stores.keyId ? this.sealedWith : null,
      files: [...files, ...growing],
      partial: [...this.partial.values()],
    };
    if (former && this.headsDue === 0 && !isCatalogNew && isSameHead(former, head)) return;
    assert(serial > (former?.serial ?? 0), "heads are numbered upwards");
    await this.#putHead(head, this.stores.open, signal);
    this.#isCatalogDue = false;
  }

  async #putHead(head: CopyHead, store: Storage, signal?: AbortSignal): Promise<void> {
    const { serial } = head;
    await store.put(headKey(this.copyId, serial), inOne(encodeHead(head)), signal);
    this.#serial = serial;
    this.head = head;
    const slot = serial % 2 === 0 ? 0 : 1;
    const replaced = this.#named[slot];
    const named = this.objects();
    this.#named[slot] = named;
    const still = this.#named[slot === 0 ? 1 : 0];
    for (const object of replaced) {
      if (!named.has(object) && !still.has(object)) this.retired.add(object);
    }
    for (const object of this.bad) if (!named.has(object)) this.bad.delete(object);
    // What only the other head names would stay for as long as the database rests.
    const isNamedApart = [...still].some((object) => !named.has(object));
    this.headsDue = Math.max(this.headsDue - 1, isNamedApart ? 1 : 0);
  }

  async #putCatalog(signal?: AbortSignal): Promise<{ object: string; sha256: string }> {
    const bytes = encodeCatalog([...this.whole.values()]);
    const object = newObject("catalog");
    await this.stores.open.put(objectKey(this.copyId, object), inOne(bytes), signal);
    return { object, sha256: hashOf(bytes) };
  }
}

/** What was complete once stays so, and so is everything up to the newest commit. */
function completeUntil(capturedUntilMs: number, former: CopyHead | null, newestMs: number): number {
  return Math.floor(Math.max(capturedUntilMs, former?.shippedUntilMs ?? 0, newestMs));
}

const entryOf = ({ path, name, kind }: ListedFile) => ({ path, name, kind, content: null });

function contentOf(file: Extract<ListedFile, { kind: "content" }>): CopiedFile {
  const content = file.content.toString("base64");
  return { ...entryOf(file), sizeBytes: file.content.length, stamp: null, group: null, pieces: [], content };
}

async function tailOf(file: string, end: number): Promise<string | null> {
  const bytes = Math.min(TAIL_BYTES, end);
  return localSum(file, end - bytes, bytes);
}

function keepMissing<File>(files: Map<string, File>, former: ReadonlyMap<string, File>): void {
  for (const [name, file] of former) if (!files.has(name)) files.set(name, file);
}

function isSame(a: ReadonlyMap<string, CopiedFile>, b: ReadonlyMap<string, CopiedFile>): boolean {
  return a.size === b.size && [...a].every(([path, file]) => b.get(path) === file);
}

function isSameHead(a: CopyHead, b: CopyHead): boolean {
  const told = ({ serial: _, writtenAtMs: __, shippedUntilMs: ___, ...head }: CopyHead) => JSON.stringify(head);
  return told(a) === told(b);
}
