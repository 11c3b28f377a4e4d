import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { type AuditAnchor, parseAnchor } from "../../domain/audit-chain.ts";

const LINE_FEED = 10;
const hasCode = (error: unknown, code: string) => error instanceof Error && "code" in error && error.code === code;

/** Adds one line to the file of anchors (0600) and makes it durable. What a crash left of a line is cut off first. */
export function appendAnchor(file: string, anchor: AuditAnchor): void {
  const fd = openSync(file, "a+", 0o600);
  try {
    cutTornLine(fd);
    writeSync(fd, `${JSON.stringify(anchor)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function cutTornLine(fd: number): void {
  const { size } = fstatSync(fd);
  const tail = Buffer.alloc(Math.min(size, 4096));
  readSync(fd, tail, 0, tail.length, size - tail.length);
  if (size === 0 || tail.at(-1) === LINE_FEED) return;
  ftruncateSync(fd, size - tail.length + tail.lastIndexOf(LINE_FEED) + 1);
}

/** The newest anchor of a file; null when there is none. Reads its end alone. */
export function readLastAnchor(file: string): AuditAnchor | null {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    const tail = Buffer.alloc(Math.min(size, 4096));
    readSync(fd, tail, 0, tail.length, size - tail.length);
    const lines = tail.toString("utf8").split("\n").slice(0, -1);
    return parseAnchor(lines.at(-1) ?? "");
  } finally {
    closeSync(fd);
  }
}

/** The anchors of a file, one a line; null for a line that is none. Null instead of a list when there is no file. */
export function readAnchors(file: string): (AuditAnchor | null)[] | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
  // What stands behind the last line's end is a line that a crash tore.
  const lines = text.split("\n").slice(0, -1);
  return lines.filter((line) => line !== "").map(parseAnchor);
}
