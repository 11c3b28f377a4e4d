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
  // Payloads begin anywhere in their blocks; words are read ten times as fast from where they are aligned.
  const source = delta.byteOffset % 4 === 0 ? delta : new Uint8Array(delta);
  const words = new Int32Array(source.buffer, source.byteOffset, source.byteLength >> 2);
  const isAligned = page.byteOffset % 4 === 0;
  const own = isAligned ? page : new Uint8Array(page);
  const target = new Int32Array(own.buffer, own.byteOffset, own.byteLength >> 2);
  let at = 0;
  let word = 0;
  while (at < words.length) {
    const run = words[at++] as number;
    word += run & 0xffff;
    const count = run >>> 16;
    assert(word + count <= target.length && at + count <= words.length, "a delta fits its page");
    for (const end = word + count; word < end; word++, at++) {
      target[word] = (target[word] as number) ^ (words[at] as number);
    }
  }
  if (!isAligned) page.set(own);
}
