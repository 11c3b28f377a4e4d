import { randomBytes } from "node:crypto";
import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { runChild } from "../children/run-child.ts";
import { syncDirectory } from "../history/durable-file.ts";
import type { CheckImageQuestion } from "./check-image-child.ts";
import type { WriteStateQuestion, WrittenState } from "./write-state-child.ts";

export type WriteStateRequest = {
  historyDirectory: string;
  txid: number;
  /** Absolute path of a file that does not exist; its folder does. */
  output: string;
  /** Expected size, for the question whether it fits. */
  sizeBytes: number;
  /** Whether SQLite is asked for its integrity check. */
  check: boolean;
  signal: AbortSignal;
  report: (stage: "write" | "check", done: number, total: number) => void;
};

/** `integrity`: what SQLite said, ["ok"] when nothing is wrong; null when it was not asked. */
export type WriteStateResult = WrittenState & { integrity: string[] | null };

/**
 * Writes one state of a stored history into a new file. Everything happens under another name beside it; the file gets its
 * own name once every page was read back and the file is durable, and never replaces one that is there. Throws `conflict`
 * when there is one, `storage_full`, `history_damaged`; then nothing is left behind.
 */
export async function writeState(request: WriteStateRequest): Promise<WriteStateResult> {
  const { historyDirectory, txid, output, signal, report } = request;
  requireFreeName(output);
  requireRoom(path.dirname(output), request.sizeBytes);
  const draft = `${output}.${randomBytes(4).toString("hex")}.new`;
  const workspaceFile = `${draft}.pages`;
  reserve(draft);
  try {
    const input: WriteStateQuestion = { historyDirectory, txid, file: draft, workspaceFile };
    const script = new URL("./write-state-child.ts", import.meta.url);
    const written = await runChild<WrittenState>({
      script,
      input,
      signal,
      report: (done, total) => report("write", done, total),
    });
    const integrity = request.check ? await checkImage(draft, request) : null;
    publish(draft, output);
    return { ...written, integrity };
  } finally {
    for (const file of [draft, workspaceFile]) disk.rmSync(file, { force: true });
  }
}

/** SQLite would lay a log that was left behind under this name over the new file. */
function requireFreeName(output: string): void {
  if (disk.statSync(output, { throwIfNoEntry: false })) throw alreadyThere(output);
  const left = ["-wal", "-shm", "-journal"].map((ending) => output + ending).filter((file) => disk.existsSync(file));
  if (left.length === 0) return;
  throw new LastgoodError(
    "conflict",
    `${left.join(" and ")} of an earlier database would be taken for the new file's.`,
    {
      hint: "Move it away, or name another file.",
    },
  );
}

function checkImage(file: string, { signal, report }: WriteStateRequest): Promise<string[]> {
  report("check", 0, 1);
  const input: CheckImageQuestion = { file };
  return runChild<string[]>({ script: new URL("./check-image-child.ts", import.meta.url), input, signal });
}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "");

function reserve(file: string): void {
  try {
    disk.closeSync(disk.openSync(file, "wx", 0o600));
  } catch (error) {
    const folder = path.dirname(file);
    const why = { ENOENT: "does not exist", ENOTDIR: "is no folder", EROFS: "is read-only" }[codeOf(error)];
    if (why === undefined) throw error;
    throw new LastgoodError("not_found", `The folder ${folder} ${why}: the result cannot be written there.`, {
      hint: "Make the folder first, or name a file in another one.",
    });
  }
}

/** Gives the finished file its name unless that is taken; a hard link refuses to replace anything. */
function publish(draft: string, output: string): void {
  try {
    disk.linkSync(draft, output);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw alreadyThere(output);
    // File systems without hard links: reserve the name, then replace what was reserved.
    if (!/^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS)$/.test(codeOf(error))) throw error;
    reserveName(output);
    disk.renameSync(draft, output);
  }
  disk.rmSync(draft, { force: true });
  syncDirectory(path.dirname(output));
}

function reserveName(output: string): void {
  try {
    disk.closeSync(disk.openSync(output, "wx", 0o600));
  } catch (error) {
    throw codeOf(error) === "EEXIST" ? alreadyThere(output) : error;
  }
}

function requireRoom(folder: string, sizeBytes: number): void {
  if (!disk.existsSync(folder)) return;
  const { bavail, bsize } = disk.statfsSync(folder);
  if (bavail * bsize >= sizeBytes) return;
  throw new LastgoodError("storage_full", `${folder} has too little room: the state takes ${sizeBytes} bytes.`, {
    hint: `Free ${Math.ceil((sizeBytes - bavail * bsize) / 1024 / 1024)} MiB there, or name a file on another disk.`,
  });
}

function alreadyThere(output: string): LastgoodError {
  return new LastgoodError("conflict", `${output} is there already, and nothing is ever overwritten.`, {
    hint: "Name a file that does not exist.",
  });
}
