import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { DatabaseCopy, type DatabaseCopyWorld } from "../../lib/agent/database-copy.ts";
import { copySourceOf, listForCopy } from "../../lib/engines/sqlite/copy/list-for-copy.ts";
import { openHistory } from "../../lib/engines/sqlite/history/open-history.ts";
import type { CopyStores } from "../../lib/storage/copy/copy-stores.ts";
import type { CopyWriter } from "../../lib/storage/copy/copy-writer.ts";
import { FileChanged } from "../../lib/storage/copy/local-bytes.ts";
import { bringBack, openCopy } from "../../lib/storage/copy/read-copy.ts";
import type { MemoryStorage } from "../../lib/storage/memory-storage.ts";
import { MadeHistory } from "./made-history.ts";

export const ABOUT = {
  id: "shop",
  name: "shop",
  engine: "sqlite",
  origin: "hosted",
  path: "/data/shop.db",
  windowDays: 30,
} as const;
export const NEVER = new AbortController().signal;

/** Folders and histories of one test; `remove` takes them away. */
export class CopyFolders {
  readonly #left: string[] = [];

  made(commits = 20): MadeHistory {
    const made = new MadeHistory({ bytes: 1e9, commits });
    this.#left.push(made.directory);
    return made;
  }

  folder(): string {
    const folder = mkdtempSync(path.join(tmpdir(), "brought-back-"));
    this.#left.push(folder);
    return folder;
  }

  /** What the copy holds, in a folder. */
  async broughtBack(stores: CopyStores, copyId: string) {
    const directory = this.folder();
    const read = await openCopy(stores, copyId);
    const { missing } = await bringBack(stores, read, directory, { signal: NEVER, progress() {} });
    return { directory, read, missing };
  }

  remove(): void {
    for (const folder of this.#left.splice(0)) rmSync(folder, { recursive: true, force: true });
  }
}

/** Ships until all of a file's history is in the copy. */
export async function ship(writer: CopyWriter, directory: string) {
  const history = openHistory(directory);
  try {
    for (;;) {
      // Segments are sealed meanwhile.
      const shipped = await writer
        .ship(listForCopy(history), { about: ABOUT, capturedUntilMs: 1 })
        .catch((error: unknown) => {
          if (error instanceof FileChanged || (error instanceof Error && "code" in error && error.code === "ENOENT"))
            return null;
          throw error;
        });
      if (shipped?.isComplete) return shipped;
    }
  } finally {
    history.close();
  }
}

/** What an agent has of a file's second copy. */
export function copyOf(
  directory: string,
  stores: () => CopyStores,
  others: Partial<DatabaseCopyWorld> = {},
): DatabaseCopy {
  return new DatabaseCopy("shop", {
    stores,
    source: copySourceOf(directory, () => openHistory(directory)),
    about: () => ABOUT,
    capturedThroughMs: async () => null,
    tell: async () => undefined,
    log: pino({ level: "silent" }),
    firstPauseMs: 0,
    ...others,
  });
}

/** Looks so often, a moment apart. */
export async function look(copy: DatabaseCopy, times: number) {
  for (let i = 0; i < times; i++) await copy.look(NEVER);
  return { ...copy.state };
}

/** The same object with one bit changed. */
export async function* flipped(raw: MemoryStorage, key: string): AsyncIterable<Uint8Array> {
  const stored = await raw.get(key);
  const parts: Uint8Array[] = [];
  for await (const part of stored?.body ?? []) parts.push(part);
  const bytes = Buffer.concat(parts);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 20) ^ 1, bytes.length - 20);
  yield bytes;
}

export async function keysOf(raw: MemoryStorage, prefix = ""): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of raw.list(prefix)) keys.push(key);
  return keys;
}
