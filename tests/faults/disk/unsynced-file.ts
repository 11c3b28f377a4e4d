/** What a power loss does to one change that was not synced: all of it is there, nothing, or some of its sectors. */
export type Fate = "kept" | "dropped" | "torn";

/** Chooses by a seed, so that a failure can be repeated. */
export type Chance = {
  fate(): Fate;
  /** Whether one sector of a torn write came through. */
  sector(): boolean;
};

const SECTOR = 512;

type Change = { kind: "write"; at: number; bytes: Buffer } | { kind: "resize"; size: number };

/** The content of one file as the disk is known to hold it, and what was changed since, in its order. */
export class UnsyncedFile {
  #durable: Buffer;
  #changes: Change[] = [];

  constructor(durable: Buffer) {
    this.#durable = durable;
  }

  get hasChanges(): boolean {
    return this.#changes.length > 0;
  }

  get changes(): number {
    return this.#changes.length;
  }

  write(at: number, bytes: Uint8Array): void {
    this.#changes.push({ kind: "write", at, bytes: Buffer.from(bytes) });
  }

  resize(size: number): void {
    this.#changes.push({ kind: "resize", size });
  }

  /** A sync that succeeded: the first `count` changes are on the disk. */
  sync(count: number): void {
    this.#durable = apply(this.#durable, this.#changes.splice(0, count), null);
  }

  /**
   * A sync that failed: the kernel reports it once and counts the pages as written from then on, whatever became of them,
   * https://lwn.net/Articles/752063/. What is read back still shows every change.
   */
  failSync(chance: Chance): void {
    this.#durable = apply(this.#durable, this.#changes.splice(0), chance);
  }

  /** What the disk holds after a power loss; `chance` null: every change came through. */
  afterLoss(chance: Chance | null): Buffer {
    return apply(this.#durable, this.#changes, chance);
  }
}

function apply(from: Buffer, changes: readonly Change[], chance: Chance | null): Buffer {
  if (changes.length === 0) return from;
  const content = new Content(from, changes);
  for (const change of changes) {
    const fate = chance?.fate() ?? "kept";
    if (fate === "dropped") continue;
    if (change.kind === "resize") content.resize(change.size);
    else if (fate === "kept" || !chance) content.write(change.at, change.bytes);
    else tear(content, change.at, change.bytes, chance);
  }
  return content.bytes();
}

/** A file's content while changes are made to it, with room for all of them from the start. */
class Content {
  readonly #room: Buffer;
  size: number;

  constructor(from: Buffer, changes: readonly Change[]) {
    let most = from.length;
    for (const change of changes) {
      most = Math.max(most, change.kind === "resize" ? change.size : change.at + change.bytes.length);
    }
    this.#room = Buffer.alloc(most);
    from.copy(this.#room);
    this.size = from.length;
  }

  /** What is cut off is zero when the file becomes longer again. */
  resize(size: number): void {
    if (size < this.size) this.#room.fill(0, size, this.size);
    this.size = size;
  }

  write(at: number, bytes: Buffer): void {
    bytes.copy(this.#room, at);
    this.size = Math.max(this.size, at + bytes.length);
  }

  bytes(): Buffer {
    return this.#room.subarray(0, this.size);
  }
}

/** Some sectors come through and some do not; the file may have become longer all the same. */
function tear(content: Content, at: number, bytes: Buffer, chance: Chance): void {
  if (chance.sector()) content.resize(Math.max(content.size, at + bytes.length));
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, from + SECTOR - ((at + from) % SECTOR));
    if (chance.sector()) content.write(at + from, bytes.subarray(from, to));
    from = to;
  }
}

/** A stream of numbers in [0, 1) that is the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Every fate by a seed. */
export function seededChance(seed: number): Chance {
  const random = seededRandom(seed);
  const fates: readonly Fate[] = ["kept", "dropped", "torn"];
  return { fate: () => fates[Math.floor(random() * 3)] ?? "kept", sector: () => random() < 0.5 };
}

/** Nothing that was not synced comes through. */
export const DROP_ALL: Chance = { fate: () => "dropped", sector: () => false };
