import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { readCopySettings } from "../../domain/copy-settings.ts";
import { LastgoodError } from "../../domain/errors.ts";
import {
  describeCluster,
  indexBroughtBack,
  resolveInCluster,
  writeCluster,
} from "../../engines/postgres/offline/stored-cluster.ts";
import type { CopyHead } from "../../storage/copy/copy-format.ts";
import type { CopyStores } from "../../storage/copy/copy-stores.ts";
import { type ListedCopy, readCopies } from "../../storage/copy/list-copies.ts";
import { openCopyStore } from "../../storage/copy/open-copy-store.ts";
import { type BroughtBack, bringBack, openCopy } from "../../storage/copy/read-copy.ts";
import { parseKeyRing } from "../../storage/key-ring.ts";
import { EXIT } from "../command.ts";
import type { Output } from "../output.ts";
import { calledWrongly } from "../parse-arguments.ts";
import { parseMomentArgument } from "../parse-moment-argument.ts";
import { toInstant, toSize } from "../stored-history-lines.ts";
import { bringBackAll } from "./bring-back-all.ts";

const VERB = "restore-offline";

export type BucketQuestion = {
  bucket: string;
  keys: string | undefined;
  database: string | undefined;
  to: string | undefined;
  output: string | undefined;
  /** Where the history itself is brought back to. */
  history: string | undefined;
  all: string | undefined;
  /** With `all`: which copy of the metadata. */
  metadata: string | undefined;
  /** With `all`: whether attached files are written where they were. */
  placeAttached: boolean;
  signal: AbortSignal;
  /** Writes a state of a file's history that lies here, and answers. */
  restoreFile(directory: string, to: string, file: string | undefined): Promise<number>;
  /** Tells what such a history holds. */
  listFile(directory: string): number;
};

/** A store, and the wish to be left alone no longer than that. */
export type OpenBucket = { stores: CopyStores; signal: AbortSignal };

/** `restore-offline --bucket`: works from second copies alone, with the credentials of the environment and the operator's key. */
export async function restoreFromBucket(asked: BucketQuestion, output: Output): Promise<number> {
  const { bucket, keys, database, to, history, all, placeAttached, metadata, signal } = asked;
  if (all !== undefined && (database !== undefined || to !== undefined || history !== undefined)) {
    throw calledWrongly(VERB, "--all is asked for alone");
  }
  if (database === undefined && (to !== undefined || history !== undefined)) {
    throw calledWrongly(VERB, "Which database? --to and --history need --database");
  }
  if ((placeAttached || metadata !== undefined) && all === undefined) {
    throw calledWrongly(VERB, "--place-attached and --metadata need --all");
  }
  const settings = readCopySettings({
    ...process.env,
    LASTGOOD_COPY_BUCKET: bucket,
    ...(keys !== undefined && { LASTGOOD_COPY_KEYS: keys }),
  });
  if (!settings) throw calledWrongly(VERB, "--bucket takes the name of the bucket");
  const ring = settings.keysFile === null ? null : readKeys(settings.keysFile);
  const store = openCopyStore(settings, ring);
  try {
    const open = { stores: store, signal };
    if (all !== undefined)
      return await bringBackAll(open, { data: path.resolve(all), placeAttached, metadata }, output);
    if (database === undefined) return await list(open, bucket, output);
    return await restoreOne(open, database, asked, output);
  } finally {
    store.close();
  }
}

function readKeys(file: string) {
  try {
    return parseKeyRing(readFileSync(path.resolve(file), "utf8"));
  } catch (error) {
    if (error instanceof LastgoodError) throw error;
    throw new LastgoodError("not_found", `The keys ${file} cannot be read.`, {
      hint: "Let --keys name the file with the operator's keys.",
    });
  }
}

async function list(open: OpenBucket, bucket: string, output: Output): Promise<number> {
  const copies = await readCopies(open.stores);
  const databases = copies.map(({ copyId, id, head, problem, sizeBytes, isNewest }) => ({
    id,
    copy: copyId,
    isNewest,
    name: head?.about.name ?? null,
    engine: head?.about.engine ?? null,
    newest: head?.newest ?? null,
    completeUntilMs: head?.shippedUntilMs ?? null,
    writtenAtMs: head?.writtenAtMs ?? null,
    sizeBytes,
    problem: problem ?? (head && !head.isWhole ? "its first whole copy was not complete yet" : null),
  }));
  output.answer({ ok: true, bucket, databases }, () =>
    databases.length === 0
      ? [`${bucket} holds no second copy under this prefix`]
      : databases.map(({ id, copy, name, engine, newest, sizeBytes, problem, isNewest }) => {
          const until = newest ? `up to ${toInstant(newest.timeMs)}  ${newest.bookmark}` : "";
          const called = isNewest ? id : `${copy} (an earlier history)`;
          return [name ?? "?", engine ?? "?", called, toSize(sizeBytes), until, problem ?? ""]
            .filter(Boolean)
            .join("  ");
        }),
  );
  return databases.every(({ problem }) => problem === null) ? EXIT.ok : EXIT.damaged;
}

async function restoreOne(
  open: OpenBucket,
  wanted: string,
  { to, output: file, history, restoreFile, listFile }: BucketQuestion,
  output: Output,
): Promise<number> {
  if (to === undefined && file !== undefined) throw calledWrongly(VERB, "--output needs --to");
  const { copyId, id, head: found, problem } = await findCopy(open, wanted);
  if (found && problem !== null) output.note(`${found.about.name}: ${problem}`);
  const keep = history === undefined ? null : path.resolve(history);
  if (keep && existsSync(keep) && readdirSync(keep).length > 0) throw notEmpty(keep);
  const near = path.dirname(path.resolve(file ?? keep ?? "x"));
  const directory = keep ?? path.join(near, `second-copy-${randomBytes(4).toString("hex")}`, id);
  try {
    const { head, brought } = await fetchHistory(open, copyId, directory, output);
    for (const { path: name, why } of brought.missing) output.note(`${name} could not be had: ${why}`);
    if (head.about.engine === "postgres") return await answerCluster({ directory, id, to, file }, open, output);
    return to === undefined ? listFile(directory) : await restoreFile(directory, to, file);
  } finally {
    if (!keep) rmSync(path.dirname(directory), { recursive: true, force: true });
  }
}

/** Brings the history of a copy back into a folder, where it is complete. */
export async function fetchHistory(
  { stores, signal }: OpenBucket,
  copyId: string,
  directory: string,
  output: Output,
): Promise<{ head: CopyHead; brought: BroughtBack }> {
  const read = await openCopy(stores, copyId);
  if (!read.head.isWhole) {
    throw new LastgoodError(
      "not_found",
      `The copy of ${read.head.about.name} was not complete when its machine was lost.`,
      {
        hint: "Nothing of it can be restored from here; look for backups of it.",
      },
    );
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const brought = await bringBack(stores, read, directory, {
    signal,
    progress: (done, total) => output.progress("fetching", done, total),
  });
  if (read.head.about.engine === "postgres") await indexBroughtBack(directory);
  return { head: read.head, brought };
}

async function findCopy(open: OpenBucket, wanted: string): Promise<ListedCopy> {
  const copies = await readCopies(open.stores);
  const named = copies.find(({ copyId }) => copyId === wanted);
  if (named) return named;
  const found = copies.filter((copy) => copy.isNewest && (copy.id === wanted || copy.head?.about.name === wanted));
  const [one, ...more] = found;
  if (one && more.length === 0) return one;
  const names = copies.map(({ id, head }) => `${head?.about.name ?? "?"} (${id})`).join(", ");
  throw new LastgoodError(
    "not_found",
    one ? `Several databases are named ${wanted}.` : `There is no copy of ${wanted}.`,
    {
      hint: names === "" ? "There is no copy at all: look at bucket and prefix." : `Name one by its id: ${names}.`,
    },
  );
}

type ClusterWish = { directory: string; id: string; to: string | undefined; file: string | undefined };

async function answerCluster({ directory, id, to, file }: ClusterWish, { signal }: OpenBucket, output: Output) {
  if (to === undefined) {
    const window = describeCluster(directory);
    const line = (name: string, at: typeof window.newest) =>
      at ? [`${name.padEnd(10)} ${toInstant(at.timeMs)}  ${at.bookmark}`] : [];
    output.answer({ ok: true, directory, ...window }, () => [
      `cluster    PostgreSQL ${window.serverVersion}, ${window.commits} commits`,
      ...line("oldest", window.oldest),
      ...line("newest", window.newest),
    ]);
    return EXIT.ok;
  }
  const reached = resolveInCluster(directory, parseMomentArgument(to));
  if (file === undefined) {
    output.answer({ ok: true, reached }, () => [`${reached.bookmark} of ${toInstant(reached.timeMs)}`]);
    return EXIT.ok;
  }
  const target = path.resolve(file);
  const programs = process.env.LASTGOOD_POSTGRES || null;
  const { checks, serverVersion } = await writeCluster(
    { directory, databaseId: id, to: reached.bookmark, output: target, programs },
    { signal, progress: (_, done, total) => output.progress("restoring", done, total) },
  );
  output.answer({ ok: true, reached, output: target, serverVersion, checks }, () => [
    `${target} is the cluster at ${reached.bookmark} of ${toInstant(reached.timeMs)}, stopped cleanly`,
    ...checks.map(({ check, outcome, text }) => `${check}: ${outcome}, ${text}`),
    `Start it with pg_ctl of PostgreSQL ${serverVersion}.`,
  ]);
  return EXIT.ok;
}

export function notEmpty(folder: string): LastgoodError {
  return new LastgoodError("conflict", `${folder} is not empty, and nothing is ever overwritten.`, {
    hint: "Name a folder that does not exist yet, or an empty one.",
  });
}
