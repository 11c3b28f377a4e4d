import type { CommitRows } from "./commit-row.ts";
import { readU64, writeU64 } from "./format.ts";
import { COMMIT_FLAGS } from "./records.ts";

export type Stretch = { fromMs: number; toMs: number };
/** Where something is to be said of the times of a segment: its healed commits, and where the clock was not certain. */
export type Stretches = { gaps: (Stretch & { txid: number })[]; suspects: Stretch[] };

const ROW = 32;

export function findStretches(rows: CommitRows): Stretches {
  const found: Stretches = { gaps: [], suspects: [] };
  for (let i = 0; i < rows.length; i++) {
    const { timeMs, rawTimeMs, flags, gapFromMs, txid } = rows.info(i);
    if (flags & COMMIT_FLAGS.healed) found.gaps.push({ fromMs: gapFromMs ?? timeMs, toMs: timeMs, txid });
    // Between what the clock said and what it had said before, nobody knows when anything was.
    if (flags & COMMIT_FLAGS.clamped) {
      const last = found.suspects.at(-1);
      const stretch = { fromMs: Math.min(rawTimeMs, timeMs), toMs: Math.max(rawTimeMs, timeMs) };
      if (last && stretch.fromMs <= last.toMs && stretch.toMs >= last.fromMs) widen(last, stretch);
      else found.suspects.push(stretch);
    }
  }
  return found;
}

/** Rows of 32 bytes: a flag of `COMMIT_FLAGS` (4), zero (4), commit (8), from and to (8 + 8). */
export function encodeStretches({ gaps, suspects }: Stretches): Buffer {
  const raw = Buffer.alloc((gaps.length + suspects.length) * ROW);
  let at = 0;
  const put = (flag: number, txid: number, { fromMs, toMs }: Stretch) => {
    raw.writeUInt32LE(flag, at);
    writeU64(raw, txid, at + 8);
    writeU64(raw, fromMs, at + 16);
    writeU64(raw, toMs, at + 24);
    at += ROW;
  };
  for (const gap of gaps) put(COMMIT_FLAGS.healed, gap.txid, gap);
  for (const suspect of suspects) put(COMMIT_FLAGS.clamped, 0, suspect);
  return raw;
}

export function decodeStretches(raw: Buffer): Stretches {
  const found: Stretches = { gaps: [], suspects: [] };
  for (let at = 0; at < raw.length; at += ROW) {
    const stretch = { fromMs: readU64(raw, at + 16), toMs: readU64(raw, at + 24) };
    if (raw.readUInt32LE(at) === COMMIT_FLAGS.healed) found.gaps.push({ ...stretch, txid: readU64(raw, at + 8) });
    else found.suspects.push(stretch);
  }
  return found;
}

/** Stretches in order of time, those that overlap as one. */
export function mergeStretches(stretches: Stretch[]): Stretch[] {
  const merged: Stretch[] = [];
  for (const stretch of stretches.sort((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1);
    if (last && stretch.fromMs <= last.toMs) widen(last, stretch);
    else merged.push({ ...stretch });
  }
  return merged;
}

function widen(stretch: Stretch, by: Stretch): void {
  stretch.fromMs = Math.min(stretch.fromMs, by.fromMs);
  stretch.toMs = Math.max(stretch.toMs, by.toMs);
}
