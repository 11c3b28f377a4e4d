import { mkdir, readdir, readFile, rename, rm, statfs, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { CopySettings } from "../domain/copy-settings.ts";
import { LastgoodError } from "../domain/errors.ts";
import type { BucketCopies } from "../domain/second-copy.ts";
import type { Run } from "../engines/engine.ts";
import type { EngineStored, StoredHistory } from "../engines/engine-stored.ts";
import { findOpenRestores } from "../services/restores/find-open-restores.ts";
import type { CopiedFile } from "../storage/copy/copy-format.ts";
import { type ListedCopy, readCopies } from "../storage/copy/list-copies.ts";
import { type BroughtBack, bringBack, openCopy } from "../storage/copy/read-copy.ts";
import type { ReadHead } from "../storage/copy/read-heads.ts";
import type { OpenCopies } from "./open-copies.ts";

const ROOM_FACTOR = 1.05;
/**
 * What a database and its first history take, as a multiple of the base image in the copy: a file, its base image and the mirror; a data
 * directory, about three times as large as the base backup, which is compressed, and another one.
 */
const STATE_FACTOR = { sqlite: 3, postgres: 4 };
const FETCHED = "fetched.json";
/** Whoever still ships to a copy replaces objects of it meanwhile; each try fetches only what has changed since the one before. */
const TRIES = 10;

const fetchedSchema = z.object({
  copyId: z.string(),
  engine: z.enum(["sqlite", "postgres"]),
  origin: z.enum(["hosted", "attached"]),
  missing: z.array(z.object({ path: z.string(), why: z.string() })),
});

/** `missing`: files that could not be had whole, and why. */
export type FetchedCopy = { history: StoredHistory; missing: BroughtBack["missing"] };

/**
 * Histories that were fetched from their second copies, one folder per restore. One is whole once its `fetched.json` is there: a restore that goes
 * on after a crash then needs not fetch it again.
 */
export class FetchedCopies {
  readonly #folder: string;
  readonly #copies: Pick<OpenCopies, "settings" | "stores">;
  readonly #spare: () => number;
  /** Bytes that a restore may still take, by its id. */
  readonly #promised = new Map<string, number>();

  /**
   * @param folder absolute path; nobody else writes there
   * @param spare bytes that what can wait may take on the disk before anything else gives way
   */
  constructor(folder: string, copies: Pick<OpenCopies, "settings" | "stores">, spare: () => number) {
    this.#folder = folder;
    this.#copies = copies;
    this.#spare = spare;
  }

  /** What the bucket holds, of one database or of all. Throws `storage_unavailable`, `storage_key_missing`. */
  async list(databaseId: string | null): Promise<BucketCopies> {
    const { settings } = this.#copies;
    if (!settings) return { bucket: null, prefix: "", endpoint: null, copies: [] };
    const copies = await readCopies(this.#copies.stores(), databaseId === null ? "" : `${databaseId}.`);
    return {
      bucket: settings.bucket,
      prefix: settings.prefix,
      endpoint: settings.endpoint,
      copies: copies.map(toBucketCopy),
    };
  }

  /**
   * Fetches the history of a copy for a restore, each piece compared with its checksum, as the stage `fetch`. Nothing else gives way for it:
   * it ends with `storage_full` before. Room is promised to it until `letGo`. Throws `storage_full`, `storage_unavailable`,
   * `storage_damaged`, `not_found`, and before anything is fetched what `requireCopyable` does.
   */
  async fetch(
    restoreId: string,
    copyId: string,
    run: Run,
    requireCopyable: EngineStored["requireCopyable"] = async () => undefined,
  ): Promise<FetchedCopy> {
    const { settings } = this.#copies;
    if (!settings) throw noBucket();
    const folder = path.join(this.#folder, restoreId);
    const directory = path.join(folder, "history");
    const known = await readKept(folder, copyId);
    if (known) return { history: { directory, engine: known.engine, origin: known.origin }, missing: known.missing };
    run.progress("fetch", 0, 1);
    await rm(folder, { recursive: true, force: true });
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const kept = new Map<string, CopiedFile>();
    for (let tries = 1; ; tries++) {
      const read = await openCopy(this.#copies.stores(), copyId);
      const { engine, origin } = requireRestorable(read, settings);
      await requireCopyable({ engine, origin });
      await this.#promiseRoom(restoreId, folder, { read, engine, kept });
      const { missing } = await bringBack(this.#copies.stores(), read, directory, {
        signal: run.signal,
        progress: (done, total) => {
          if (this.#spare() <= 0) throw usedUp();
          run.progress("fetch", done, Math.max(1, total));
        },
        kept,
      });
      const isSame = missing.length === 0 || tries === TRIES || (await this.#serialOf(copyId)) === read.head.serial;
      if (!isSame) continue;
      await keep(folder, { copyId, engine, origin, missing });
      return { history: { directory, engine, origin }, missing };
    }
  }

  /** The room that was promised to a restore is others' again. */
  letGo(restoreId: string): void {
    this.#promised.delete(restoreId);
  }

  /** Removes what was fetched for a restore that has ended. */
  async remove(restoreId: string): Promise<void> {
    await rm(path.join(this.#folder, restoreId), { recursive: true, force: true });
  }

  /** Removes what was fetched for restores that have ended, and is there all the same. */
  async removeLeftovers(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const names = await readdir(this.#folder);
    const open = await findOpenRestores(names);
    for (const name of names) if (!open.has(name)) await this.remove(name);
  }

  async #serialOf(copyId: string): Promise<number> {
    return (await openCopy(this.#copies.stores(), copyId)).head.serial;
  }

  /** Before anything is fetched; what is there already from an earlier try is not counted again. */
  async #promiseRoom(
    restoreId: string,
    folder: string,
    { read, engine, kept }: { read: ReadHead; engine: keyof typeof STATE_FACTOR; kept: ReadonlyMap<string, unknown> },
  ): Promise<void> {
    const files = [...read.whole, ...read.head.files];
    const missing = files.filter((file) => !kept.has(file.path)).reduce((sum, file) => sum + file.sizeBytes, 0);
    const neededBytes = missing * ROOM_FACTOR + imageBytes(files) * STATE_FACTOR[engine];
    const others = [...this.#promised].reduce((sum, [id, bytes]) => sum + (id === restoreId ? 0 : bytes), 0);
    const { bavail, bsize } = await statfs(folder);
    const spareBytes = Math.min(this.#spare(), bavail * bsize) - others;
    if (spareBytes >= neededBytes) {
      this.#promised.set(restoreId, neededBytes);
      return;
    }
    const mib = (bytes: number) => `${Math.ceil(Math.max(0, bytes) / 1024 / 1024)} MiB`;
    const beside = others > 0 ? `, besides ${mib(others)} for what else is brought back now` : "";
    throw new LastgoodError(
      "storage_full",
      `There is too little disk: the history and the database that is made of it take about ${mib(neededBytes)}.`,
      {
        hint: `${mib(spareBytes)} can be had before anything else gives way${beside}. Make room or set a larger budget on the page Storage, and bring it back again.`,
        outcome: "nothing",
      },
    );
  }
}

/** Of the largest base image. */
function imageBytes(files: readonly CopiedFile[]): number {
  const images = Map.groupBy(
    files.filter(({ group }) => group !== null),
    ({ group }) => group,
  );
  const sizes = [...images.values()].map((image) => image.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  return Math.max(0, ...sizes);
}

function usedUp(): LastgoodError {
  return new LastgoodError("storage_full", "The disk's room was used up while the history was fetched.", {
    hint: "Nothing else gave way for it. Make room or set a larger budget on the page Storage, and bring it back again.",
    outcome: "nothing",
  });
}

function toBucketCopy({ copyId, id, head, problem, sizeBytes, isNewest }: ListedCopy): BucketCopies["copies"][number] {
  const unfinished = head && !head.isWhole ? "Its first whole copy was not complete." : null;
  return {
    ...{ copyId, databaseId: id, isNewest, sizeBytes },
    name: head?.about.name ?? null,
    engine: head?.about.engine ?? null,
    origin: head?.about.origin ?? null,
    windowDays: head?.about.windowDays ?? null,
    oldest: head?.oldest ?? null,
    newest: head?.newest ? { bookmark: head.newest.bookmark, timeMs: head.newest.timeMs } : null,
    shippedUntilMs: head?.shippedUntilMs ?? null,
    writtenAtMs: head?.writtenAtMs ?? null,
    isWhole: head?.isWhole ?? false,
    problem: problem ?? unfinished,
  };
}

function requireRestorable({ head }: ReadHead, { keysFile }: Pick<CopySettings, "keysFile">) {
  const { engine, name } = head.about;
  // Of what is not sealed anybody who can write there says what it was: no state of theirs runs here as one of ours.
  const origin = keysFile === null ? "attached" : head.about.origin;
  if (engine === "metadata") {
    throw new LastgoodError("not_supported", "The metadata are brought back by restore-offline --all alone.", {
      hint: "It takes an empty data directory and makes it the lost one: docs/guides/second-copy.md.",
      outcome: "nothing",
    });
  }
  if (head.isWhole) return { engine, origin };
  throw new LastgoodError("not_found", `The copy of ${name} was not complete when it was written last.`, {
    hint: "Nothing of it can be restored; look for an earlier history or a backup.",
    outcome: "nothing",
  });
}

function noBucket(): LastgoodError {
  return new LastgoodError("not_supported", "This Lastgood keeps no second copies: no bucket is named.", {
    hint: "Set LASTGOOD_COPY_BUCKET and its credentials and key, and start again: docs/guides/second-copy.md.",
  });
}

type Kept = z.infer<typeof fetchedSchema>;

async function keep(folder: string, kept: Kept): Promise<void> {
  const file = path.join(folder, FETCHED);
  await writeFile(`${file}.new`, JSON.stringify(kept), { flush: true });
  await rename(`${file}.new`, file);
}

/** What an earlier try has fetched; null: nothing whole, or of another copy. */
async function readKept(folder: string, copyId: string): Promise<Kept | null> {
  try {
    const parsed = fetchedSchema.safeParse(JSON.parse(await readFile(path.join(folder, FETCHED), "utf8")));
    return parsed.success && parsed.data.copyId === copyId ? parsed.data : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
