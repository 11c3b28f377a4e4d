import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { findOthers, placeMetadata, type QueuedState, requireMetadataServer } from "../../db/place-metadata.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { openStoredHistory } from "../../engines/sqlite/offline/open-stored-history.ts";
import { placeAttachedFile, whyNotThere } from "../../engines/sqlite/offline/place-attached-file.ts";
import { writeState } from "../../engines/sqlite/offline/write-state.ts";
import { type ListedCopy, readCopies } from "../../storage/copy/list-copies.ts";
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
  /** Where the newest state was put; null: it is in its history alone. */
  file: string | null;
  /** What is still to be done with it, for people. */
  next: string | null;
  problem: string | null;
};

/**
 * Brings everything of a store back into an empty data directory, with which Lastgood then goes on. A database that cannot be had, or not
 * whole, is told with why, and the others are brought back all the same. Hosted clusters are restored in place by Lastgood's first start.
 * @param metadata which copy of metadata, where several Lastgoods have shipped there
 * @param placeAttached whether files of somebody else's programs are written where they were, unless something is there
 */
export async function bringBackAll(
  open: OpenBucket,
  { data, placeAttached, metadata: named }: { data: string; placeAttached: boolean; metadata?: string | undefined },
  output: Output,
): Promise<number> {
  if (existsSync(data) && readdirSync(data).length > 0) throw notEmpty(data);
  const all = await readCopies(open.stores);
  const copies = all.filter(({ isNewest }) => isNewest);
  const metadata = chooseMetadata(all, named);
  if (!metadata) {
    throw new LastgoodError("not_found", "The metadata are not in this store.", {
      hint: "They are shipped only where copies are sealed. Restore each database with --database.",
    });
  }
  mkdirSync(data, { recursive: true, mode: 0o700 });
  if (metadata.problem !== null) output.note(`metadata: ${metadata.problem}`);
  const rows = await bringBackMetadata(open, metadata.copyId, data, output);
  const server = rows === null ? null : { url: await requireMetadataServer(), rows };
  const others = rows === null ? new Set<string>() : await findOthers(data, rows);
  const hosted = path.join(data, "databases");
  mkdirSync(hosted, { recursive: true, mode: 0o700 });
  const back: Back[] = [];
  const clusters: QueuedState[] = [];
  for (const { copyId, id, head, problem } of copies) {
    if (id === METADATA) continue;
    const about = { id, name: head?.about.name ?? id, engine: head?.about.engine ?? "?", newest: head?.newest ?? null };
    if (!head?.isWhole) {
      back.push({ ...about, file: null, next: null, problem: problem ?? "its first whole copy was not complete" });
      continue;
    }
    if (others.has(id)) {
      back.push({ ...about, file: null, next: NEXT_OF_OTHERS, problem });
      continue;
    }
    const isFile = head.about.engine === "sqlite";
    const isHosted = head.about.origin === "hosted";
    const taken =
      isFile && !isHosted ? (placeAttached ? whyNotThere(head.about.path) : "ask with --place-attached") : null;
    const wanted = isFile && taken === null ? (isHosted ? path.join(hosted, `${id}.db`) : head.about.path) : null;
    const problems = problem === null ? [] : [problem];
    let file: string | null = null;
    try {
      const directory = path.join(data, "history", id);
      const { brought } = await fetchHistory(open, copyId, directory, output);
      problems.push(...brought.missing.map(({ path: name, why }) => `${name}: ${why}`));
      if (wanted && isHosted) await writeNewest(open, directory, wanted, output);
      else if (wanted)
        await placeNewest(open, directory, { wanted, state: path.join(data, "tmp", `${id}.db`) }, output);
      if (!isFile && isHosted && head.newest && brought.missing.length === 0) {
        clusters.push({ databaseId: id, bookmark: head.newest.bookmark, timeMs: head.newest.timeMs });
      }
      file = wanted;
    } catch (error) {
      if (isOfAll(error, open.signal)) throw error;
      if (wanted && isHosted) rmSync(wanted, { force: true });
      problems.push(error instanceof Error ? error.message : String(error));
    }
    const next =
      file !== null ? null : isFile ? nextOfFile(head.about.path, taken) : isHosted ? NEXT_OF_CLUSTER : NEXT_OF_SERVER;
    back.push({ ...about, file, next, problem: problems.length === 0 ? null : problems.join("; ") });
  }
  const queued = await placeMetadata(data, server, clusters);
  for (const one of back) if (queued.includes(one.id)) one.next = "restored in place by the first start";
  // What was withdrawn since counts again: not to be missed, and not to be taken for the newest where that could not be read.
  const asOfMs = metadata.head?.newest?.timeMs ?? null;
  const isWhole = metadata.problem === null && back.every(({ problem }) => problem === null);
  const told = { copyId: metadata.copyId, asOfMs, problem: metadata.problem };
  output.answer({ ok: isWhole, data, metadata: told, databases: back }, () => [
    ...back.map(({ name, engine, newest, file, next, problem }) => {
      const until = newest ? `up to ${toInstant(newest.timeMs)}` : "";
      return [name, engine, until, file ?? next ?? "", problem ?? ""].filter(Boolean).join("  ");
    }),
    ...(metadata.problem === null ? [] : [`metadata  ${metadata.problem}`]),
    `People, tokens and policies are as of ${asOfMs === null ? "an unknown time" : toInstant(asOfMs)}: whoever was removed and whatever was revoked or cancelled since counts again. Look through it before anybody else signs in.`,
    `LASTGOOD_DATA=${data} npm run up goes on with it${server === null ? "" : ", with the same DATABASE_URL"}. The former machine must not run any more.`,
  ]);
  return isWhole ? EXIT.ok : EXIT.damaged;
}

const NEXT_OF_OTHERS = "its agent is another one, whose place is not taken: it is left where it is";
const NEXT_OF_CLUSTER = "restore it from its page";
const NEXT_OF_SERVER = "its server is not Lastgood's: if that is lost, too, write it out with --database … --output";

const nextOfFile = (file: string, taken: string | null) =>
  `its file is not put back: ${taken ?? "it could not be had"}; write it to ${file} with --database … --output`;

/**
 * The metadata that everything is brought back with, and with them whose place is taken: of several Lastgoods on the bucket, or of several agents
 * of one, which may live on. So it is never guessed, also where a copy cannot be read. Throws `conflict` where several are there and none was
 * named, `not_found` for one that is not there.
 */
function chooseMetadata(copies: readonly ListedCopy[], named: string | undefined): ListedCopy | undefined {
  const found = copies.filter(({ id, head }) => id === METADATA && (head === null || head.isWhole));
  if (named === undefined && found.length < 2) return copies.find(({ id, isNewest }) => id === METADATA && isNewest);
  const chosen = found.find(({ copyId }) => copyId === named);
  if (chosen) return chosen;
  const until = ({ copyId, head }: ListedCopy) =>
    head === null ? `${copyId}, which cannot be read` : `${copyId} as of ${toInstant(head.newest?.timeMs ?? 0)}`;
  const [code, message] =
    named === undefined
      ? (["conflict", "The metadata of several Lastgoods, or of several agents of one, are in this store."] as const)
      : (["not_found", `There are no metadata ${named} in this store.`] as const);
  throw new LastgoodError(code, message, {
    hint: `Name with --metadata those of the agent whose place is taken (behind "${METADATA}." stand the first 16 digits of its id): ${found.map(until).join("; ")}. It must not run any more.`,
  });
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

/** What is written in somebody else's folder was finished and checked in ours. */
async function placeNewest(
  open: OpenBucket,
  directory: string,
  { wanted, state }: { wanted: string; state: string },
  output: Output,
): Promise<void> {
  mkdirSync(path.dirname(state), { recursive: true, mode: 0o700 });
  try {
    await writeNewest(open, directory, state, output);
    await placeAttachedFile(state, wanted, open.signal);
  } finally {
    rmSync(state, { force: true });
  }
}
