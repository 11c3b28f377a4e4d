/** A tar archive goes by blocks of this size. */
export const BLOCK_BYTES = 512;

/** One entry of an archive; each byte of a name is one character of it. */
export type TarEntry = { name: string; kind: "file" | "directory"; sizeBytes: number };

/** What makes an archive none that may be unpacked. */
export class TarFault extends Error {}

/**
 * Reads a header; null: the block of zeroes that ends an archive. What PostgreSQL writes: names of at most 255 bytes, sizes in octal or, from
 * 8 GiB on, in binary. Anything that is neither file nor directory, and a name that leads out of the folder, throws.
 * https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
export function readTarHeader(block: Buffer): TarEntry | null {
  if (block.every((byte) => byte === 0)) return null;
  const text = (from: number, bytes: number) => {
    const field = block.subarray(from, from + bytes);
    const end = field.indexOf(0);
    return field.toString("latin1", 0, end < 0 ? bytes : end);
  };
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK_BYTES; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  if (Number.parseInt(text(148, 8).trim(), 8) !== sum) throw new TarFault("a header is damaged");
  const prefix = text(257, 5) === "ustar" ? text(345, 155) : "";
  const full = prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  const parts = full.split("/").filter((part) => part !== "" && part !== ".");
  if (full.startsWith("/") || parts.includes("..")) throw new TarFault(`it names ${full}, outside of itself`);
  const name = parts.join("/");
  const type = text(156, 1);
  if (type === "5") return { name, kind: "directory", sizeBytes: 0 };
  if (type !== "0" && type !== "") throw new TarFault(`it holds ${name}, which is neither file nor directory`);
  if (name === "") throw new TarFault("it holds a file without a name");
  return { name, kind: "file", sizeBytes: readSize(block.subarray(124, 136)) };
}

function readSize(field: Buffer): number {
  const isBinary = ((field[0] ?? 0) & 0x80) !== 0;
  const size = isBinary
    ? field.subarray(4).reduce((value, byte) => value * 256 + byte, 0)
    : Number.parseInt(field.toString("latin1").replace(/[\0 ]+$/, ""), 8);
  if (!Number.isSafeInteger(size) || size < 0) throw new TarFault("a file's size is no number");
  return size;
}
