import type { SqlValue } from "../../engine.ts";

/** A 64-bit integer as a number where that holds it exactly. */
export function asShort(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** Bytes of a value in the answer's JSON, roughly. */
export function weightOf(value: SqlValue): number {
  if (typeof value === "string") return value.length * 2;
  if (value instanceof Uint8Array) return value.length * 4;
  return 16;
}
