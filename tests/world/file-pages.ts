import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { PageSource } from "../../lib/engines/engine.ts";

/** The pages of a database file that nobody writes. */
export function filePages(file: string): PageSource {
  const fd = openSync(file, "r");
  const header = Buffer.alloc(100);
  readSync(fd, header, 0, 100, 0);
  const stored = header.readUInt16BE(16);
  const pageSize = stored === 1 ? 65536 : stored || 4096;
  return {
    pageSize,
    pageCount: fstatSync(fd).size / pageSize,
    read: (page) => {
      const content = Buffer.alloc(pageSize);
      readSync(fd, content, 0, pageSize, (page - 1) * pageSize);
      return content;
    },
    close: () => closeSync(fd),
  };
}
