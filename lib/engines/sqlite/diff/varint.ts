/** A signed 64-bit integer: bigint exactly where a number could not hold it. */
export type VarInteger = number | bigint;

/** Bytes that the varint at `at` takes, 1 to 9. */
export function varintSize(bytes: Uint8Array, at: number): number {
  for (let size = 1; size < 9; size++) if ((bytes[at + size - 1] ?? 0) < 0x80) return size;
  return 9;
}

/** SQLite's variable-length integer (file format document, section 1.6): big-endian, 7 bits a byte, 8 in the ninth. */
export function readVarint(bytes: Uint8Array, at: number): VarInteger {
  let value = 0;
  // Seven bytes hold 49 bits, which a number keeps exactly.
  for (let i = 0; i < 7; i++) {
    const byte = bytes[at + i] ?? 0;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return value;
  }
  return readLongVarint(bytes, at);
}

function readLongVarint(bytes: Uint8Array, at: number): VarInteger {
  let value = 0n;
  for (let i = 0; i < 8; i++) {
    const byte = bytes[at + i] ?? 0;
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return asVarInteger(value);
  }
  return asVarInteger(BigInt.asIntN(64, (value << 8n) | BigInt(bytes[at + 8] ?? 0)));
}

export function asVarInteger(value: bigint): VarInteger {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
