import { assert } from "../../../domain/assert.ts";

/**
 * The sparse XOR of two versions of a page, as runs: unchanged words to skip (u16), changed words (u16), then the XOR of
 * those words, 4 bytes each. Applying it to either version gives the other one. Empty when nothing differs.
 */

/** Upper bound of a delta's bytes: every run of one word costs one word of header, and never more runs than half the words. */
export function maxDeltaBytes(pageSize: number): number {
  return pageSize + pageSize / 2 + 8;
}

/**
 * Writes the delta between `before` and `after` (page-sized parts of them, counted in 32-bit words) into `target` from word
 * `at`; returns the word behind it. The target must have room for `maxDeltaBytes`.
 */
export function encodeDelta(
  before: Int32Array,
  beforeAt: number,
  after: Int32Array,
  afterAt: number,
  words: number,
  target: Int32Array,
  at: number,
): number {
  let out = at;
  let done = 0;
  let i = 0;
  for (;;) {
    while (i < words && before[beforeAt + i] === after[afterAt + i]) i++;
    if (i >= words) return out;
    const start = i;
    let end = i + 1;
    // A gap of one equal word is cheaper inside of the run than as a run of its own.
    for (i = end; i < words && i - end < 2; i++) {
      if (before[beforeAt + i] !== after[afterAt + i]) end = i + 1;
    }
    target[out++] = (start - done) | ((end - start) << 16);
    for (let k = start; k < end; k++) {
      target[out++] = (before[beforeAt + k] as number) ^ (after[afterAt + k] as number);
    }
    done = end;
    i = end;
  }
}

/** Applies a delta to a page in place: from the version before to the one after, or the other way round. */
export function applyDelta(page: Buffer, delta: Uint8Array): void {
  const source = Buffer.from(delta.buffer, delta.byteOffset, delta.byteLength);
  let at = 0;
  let word = 0;
  while (at < source.length) {
    word += source.readUInt16LE(at);
    const count = source.readUInt16LE(at + 2);
    at += 4;
    assert(word * 4 + count * 4 <= page.length && at + count * 4 <= source.length, "a delta fits its page");
    const end = (word + count) * 4;
    for (let to = word * 4; to < end; to += 4, at += 4) {
      page.writeInt32LE(page.readInt32LE(to) ^ source.readInt32LE(at), to);
    }
    word += count;
  }
}
