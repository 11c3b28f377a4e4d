import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { placeMetadata, requireMetadataServer } from "../../db/place-metadata.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { openStoredHistory } from "../../engines/sqlite/offline/open-stored-history.ts";
import { writeState } from "../../engines/sqlite/offline/write-state.ts";
import { readCopies } from "../../storage/copy/list-copies.ts";
import { bringBack, openCopy } from "../../storage/copy/read-copy.ts";
import { EXIT } from "../command.ts";
import type { Output } from "../output.ts";
import { toInstant } from "../stored-history-lines.ts";
import { fetchHistory, notEmpty, type OpenBucket } from "./restore-from-bucket.ts";

const METADATA = "metadata";
const COPY_OF_METADATA = /^lastgood-\d+\.db$/;
const ROWS_OF_METADATA = /^metadata-\d+\.rows$/;

type Back = {
  id: string;
  name: string;
  engine: string;
  newest: { bookmark: string; timeMs: number } | null;
  /** Where the newest state was put; null: it is to be restored from its history. */
  file: string | null;
  problem: string | null;
};

/**
 * Brings everything of a store back into an empty data directory, with which Lastgood then goes on. A database that cannot be had, or not
 * whole, is told with why, and the others are brought back all the same.
 */
export async function bringBackAll(open: OpenBucket, data: string, output: Output): Promise<number> {
  if (existsSync(data) && readdirSync(data).length > 0) throw notEmpty(data);
  const copies = (await readCopies(open.stores)).filter(({ isNewest }) => isNewest);
  const metadata = copies.find(({ id }) => id === METADATA);
  if (!metadata) {
    throw new LastgoodError("not_found", "The metadata are not in this store.", {
      hint: "They are shipped only where copies are sealed. Restore each database with --database.",
    });
  }
  mkdirSync(data, { recursive: true, mode: 0o700 });
  if (metadata.problem !== null) output.note(`metadata: ${metadata.problem}`);
  const rows = await bringBackMetadata(open, metadata.copyId, data, output);
  const server = rows === null ? null : { url: await requireMetadataServer(), rows };
  const hosted = path.join(data, "databases");
  mkdirSync(hosted, { recursive: true, mode: 0o700 });
  const back: Back[] = [];
  for (const { copyId, id, head, problem } of copies) {
    if (id === METADATA) continue;
    const about = { id, name: head?.about.name ?? id, engine: head?.about.engine ?? "?", newest: head?.newest ?? null };
    if (!head?.isWhole) {
      back.push({ ...about, file: null, problem: problem ?? "its first whole copy was not complete" });
      continue;
    }
    const isOurs = head.about.engine === "sqlite" && head.about.origin === "hosted";
    const wanted = isOurs ? path.join(hosted, `${id}.db`) : null;
    const problems = problem === null ? [] : [problem];
    let file: string | null = null;
    try {
      const directory = path.join(data, "history", id);
      const { brought } = await fetchHistory(open, copyId, directory, output);
      problems.push(...brought.missing.map(({ path: name, why }) => `${name}: ${why}`));
      if (wanted) await writeNewest(open, directory, wanted, output);
      file = wanted;
    } catch (error) {
      if (isOfAll(error, open.signal)) throw error;
      if (wanted) rmSync(wanted, { force: true });
      problems.push(error instanceof Error ? error.message : String(error));
    }
    back.push({ ...about, file, problem: problems.length === 0 ? null : problems.join("; ") });
  }
  await placeMetadata(data, server);
  const isWhole = back.every(({ problem }) => problem === null);
  output.answer({ ok: isWhole, data, databases: back }, () => [
    ...back.map(({ name, engine, newest, file, problem }) => {
      const until = newest ? `up to ${toInstant(newest.timeMs)}` : "";
      const where = file ?? (engine === "postgres" ? "restore it in place from its page" : "put its file in place");
      return [name, engine, until, where, problem ?? ""].filter(Boolean).join("  ");
    }),
    `LASTGOOD_DATA=${data} npm run up goes on with it${server === null ? "" : ", with the same DATABASE_URL"}. The former machine must not run any more.`,
  ]);
  return isWhole ? EXIT.ok : EXIT.damaged;
}

/** What meets every database alike; of anything else the others are brought back all the same. */
const isOfAll = (error: unknown, signal: AbortSignal) =>
  signal.aborted || (error instanceof LastgoodError && error.code === "storage_full");

/** Answers the file with the rows of a server; null: the metadata were a file, and it has its place. */
async function bringBackMetadata(
  { stores, signal }: OpenBucket,
  copyId: string,
  data: string,
  output: Output,
): Promise<string | null> {
  const read = await openCopy(stores, copyId);
  const { missing } = await bringBack(stores, read, data, {
    signal,
    progress: (done, total) => output.progress("fetching", done, total),
  });
  const [lost] = missing;
  if (lost) throw new LastgoodError("storage_damaged", `${lost.path} could not be had: ${lost.why}`);
  const names = readdirSync(data);
  const rows = names.find((name) => ROWS_OF_METADATA.test(name));
  if (rows) return path.join(data, rows);
  const file = names.find((name) => COPY_OF_METADATA.test(name));
  if (!file) throw new LastgoodError("storage_damaged", "The metadata's own file is not in their copy.");
  renameSync(path.join(data, file), path.join(data, "lastgood.db"));
  return null;
}

async function writeNewest({ signal }: OpenBucket, directory: string, file: string, output: Output): Promise<void> {
  const history = openStoredHistory(directory);
  const newest = history.newest();
  const sizeBytes = newest.sizeAfter * history.pageSize;
  history.close();
  await writeState({
    historyDirectory: directory,
    txid: newest.txid,
    output: file,
    sizeBytes,
    check: true,
    signal,
    report: (_, done, total) => output.progress("writing", done, total),
  });
  rmSync(`${file}-journal`, { force: true });
}
