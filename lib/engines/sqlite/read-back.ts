import { crc32 } from "node:zlib";
import { LastgoodError } from "../../domain/errors.ts";
import { disk } from "../../storage/disk.ts";
import { readUpTo } from "../../storage/durable-file.ts";

const PAGES_AT_ONCE = 1024;

/** Reads a state back from the file that it was written to: each page must be what the history names. */
export function readBack(
  file: string,
  pageSize: number,
  crcs: Uint32Array,
  report: (pages: number) => void = () => undefined,
): void {
  const fd = disk.openSync(file, "r");
  try {
    for (let first = 0; first < crcs.length; first += PAGES_AT_ONCE) {
      const count = Math.min(PAGES_AT_ONCE, crcs.length - first);
      const bytes = readUpTo(fd, count * pageSize, first * pageSize);
      for (let i = 0; i < count; i++) {
        const page = bytes.subarray(i * pageSize, (i + 1) * pageSize);
        if (page.length === pageSize && crc32(page) === crcs[first + i]) continue;
        throw wroteWrongly(file, `page ${first + i + 1} reads back as something else`);
      }
      report(first + count);
    }
    const { size } = disk.fstatSync(fd);
    if (size !== crcs.length * pageSize) throw wroteWrongly(file, `it has ${size} bytes`);
  } finally {
    disk.closeSync(fd);
  }
}

function wroteWrongly(file: string, cause: string): LastgoodError {
  return new LastgoodError("restore_failed", `${file} is not what was written to it: ${cause}.`, {
    hint: "The disk that it was written to is failing: write to another one.",
  });
}
