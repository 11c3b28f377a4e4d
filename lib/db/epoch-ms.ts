/** Times and sizes are BigInt in the metadata and numbers everywhere else. */
export function toNumber(value: bigint): number;
export function toNumber(value: bigint | null): number | null;
export function toNumber(value: bigint | null): number | null {
  return value === null ? null : Number(value);
}

/** Now, as the metadata stores it: Unix milliseconds. */
export function nowMs(): bigint {
  return BigInt(Date.now());
}
