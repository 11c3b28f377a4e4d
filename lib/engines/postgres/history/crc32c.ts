/** CRC-32C (Castagnoli), reflected, as PostgreSQL's log uses it; eight bytes at a step. */
const POLYNOMIAL = 0x82f63b78;
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256] ?? 0;
    tables[i] = (before >>> 8) ^ (tables[before & 0xff] ?? 0);
  }
  return tables;
}

export const CRC32C_START = -1;

/** Goes on with a checksum over [from, to) of the bytes. Begin with `CRC32C_START`; `~result >>> 0` is the checksum. */
export function updateCrc32c(start: number, bytes: Uint8Array, from: number, to: number): number {
  const t = TABLES;
  let crc = start;
  let i = from;
  for (const whole = to - 7; i < whole; i += 8) {
    // Within bounds by the loop's condition: the fallbacks are for the compiler's eyes alone.
    crc =
      (t[0x700 | ((crc ^ (bytes[i] as number)) & 0xff)] as number) ^
      (t[0x600 | (((crc >>> 8) ^ (bytes[i + 1] as number)) & 0xff)] as number) ^
      (t[0x500 | (((crc >>> 16) ^ (bytes[i + 2] as number)) & 0xff)] as number) ^
      (t[0x400 | ((crc >>> 24) ^ (bytes[i + 3] as number))] as number) ^
      (t[0x300 | (bytes[i + 4] as number)] as number) ^
      (t[0x200 | (bytes[i + 5] as number)] as number) ^
      (t[0x100 | (bytes[i + 6] as number)] as number) ^
      (t[bytes[i + 7] as number] as number);
  }
  for (; i < to; i++) crc = (t[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  return crc;
}
