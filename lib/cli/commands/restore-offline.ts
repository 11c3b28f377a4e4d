import path from "node:path";
import { LastgoodError } from "../../domain/errors.ts";
import { describeHistory, listCommitsAround } from "../../engines/sqlite/offline/describe-history.ts";
import { openStoredHistory, requireHistory } from "../../engines/sqlite/offline/open-stored-history.ts";
import { resolveStoredMoment } from "../../engines/sqlite/offline/resolve-stored-moment.ts";
import { writeState } from "../../engines/sqlite/offline/write-state.ts";
import { inspectHistory } from "../../engines/sqlite/verify/inspect-history.ts";
import { type Command, EXIT, optionsOnly } from "../command.ts";
import { toReportLines } from "../history-report-lines.ts";
import type { Output } from "../output.ts";
import { calledWrongly, parseArguments } from "../parse-arguments.ts";
import { parseMomentArgument } from "../parse-moment-argument.ts";
import { toCommitLine, toInstant, toSize, toWindowLines } from "../stored-history-lines.ts";
import { restoreBackupOffline } from "./restore-backup-offline.ts";

const VERB = "restore-offline";
const USAGE = `usage: lastgood ${VERB} <history-folder> [options]
       lastgood ${VERB} --bucket <bucket> [--database <name> [--to <moment> --output <file>]] [--all <folder>]

Works from a stored history alone: history/<id> of a data directory, or a copy of that folder anywhere, read-only too.
Neither console nor agent, metadata or live database is needed, and nothing in the folder is changed.

  --list                 what the folder holds: window, gaps, notes; this is also what happens without any option
  --around <moment>      with the list: the commits around a moment
  --count <n>            how many of them, before and after; 10
  --verify               read every byte, and name what is damaged, which states are lost and which can be restored
  --to <moment>          the state that is meant; without --output it is only named
  --output <file>        write that state into a new file; nothing is ever overwritten
  --no-check             leave out SQLite's own integrity check of the result, which takes long for large databases
  --backup <folder>      a stored backup instead of a history: backups/<database>/<backup> of a data directory, or a copy of that
                         folder; with --output it is unpacked into a new file, with --verify read whole, else described
  --keys <file>          the operator's keys, for what is sealed
  --bucket <bucket>      second copies in a bucket instead of a history: lists them. LASTGOOD_COPY_ENDPOINT, _REGION, _PREFIX, _ACCESS_KEY,
                         _SECRET_KEY and _KEYS of the environment say how it is reached and opened; _AS_OF (a time): what it held then
  --database <name>      with --bucket: one of them, by name or id; with --to and --output restored to any moment (a cluster: into a new
                         data directory), without them told what it holds
  --history <folder>     with --database: its history itself is brought back to that folder, and stays there
  --all <folder>         with --bucket: everything into an empty data directory, with which Lastgood goes on; metadata of a server
                         into the empty database that DATABASE_URL names
  --metadata <copy>      with --all: whose people and policies, where several Lastgoods have shipped to that place
  --place-attached       with --all: attached files are written where they were, too, unless something is there
  --json                 one JSON object instead of text, errors too

A moment is a bookmark, Unix seconds or milliseconds, a time with its offset (2026-11-20T14:03:22.481Z), "oldest" or
"newest"; behind "just before" it means the last state before it. A time means the newest commit at or before it.

exit codes: 0 done, 1 failed, 2 called wrongly, 3 not found or outside of the window, 4 the history is damaged or SQLite
finds the state malformed, 5 refused (the file exists, no room, no permission), 7 interrupted`;

const OPTIONS = {
  list: { type: "boolean" },
  verify: { type: "boolean" },
  around: { type: "string" },
  count: { type: "string" },
  to: { type: "string" },
  backup: { type: "string" },
  keys: { type: "string" },
  bucket: { type: "string" },
  database: { type: "string" },
  history: { type: "string" },
  all: { type: "string" },
  metadata: { type: "string" },
  "place-attached": { type: "boolean" },
  output: { type: "string", short: "o" },
  "no-check": { type: "boolean" },
  json: { type: "boolean" },
} as const;

/** The one command that reads a history by itself; every other one asks the console. */
export const restoreOffline: Command = { usage: USAGE, run, shape: optionsOnly(OPTIONS) };

async function run(args: readonly string[], output: Output): Promise<number> {
  const { values, positionals } = parseArguments(VERB, args, OPTIONS);
  const [folder, ...more] = positionals;
  if (values.backup !== undefined) {
    const { backup, keys, verify: isVerified = false, output: file } = values;
    if (folder !== undefined || values.to !== undefined || values.list || values.around !== undefined) {
      throw calledWrongly(VERB, "--backup is asked for alone, with --verify or --output");
    }
    const check = values["no-check"] !== true;
    return untilInterrupted((signal) =>
      restoreBackupOffline({ folder: backup, keys, verify: isVerified, file, check, signal }, output),
    );
  }
  if (values.bucket !== undefined) return fromBucket(values.bucket, values, folder, output);
  if (folder === undefined) throw calledWrongly(VERB, "The history's folder is missing");
  if (more.length > 0) throw calledWrongly(VERB, `One folder at a time, not also ${more.join(" ")}`);
  if (values.output !== undefined && values.to === undefined) throw calledWrongly(VERB, "--output needs --to");
  const asked = [values.to !== undefined, values.list === true || values.around !== undefined, values.verify === true];
  if (asked.filter(Boolean).length > 1) {
    throw calledWrongly(VERB, "--to, --verify, and --list or --around are asked for one at a time");
  }
  const directory = path.resolve(folder);
  if (values.verify) return verify(directory, output);
  if (values.to === undefined) return list(directory, values.around, countOf(values.count), output);
  return restore({ directory, to: values.to, file: values.output, check: values["no-check"] !== true }, output);
}

async function fromBucket(
  bucket: string,
  values: Partial<Record<"keys" | "database" | "to" | "output" | "history" | "all" | "metadata", string>> & {
    "no-check"?: boolean;
    "place-attached"?: boolean;
  },
  folder: string | undefined,
  output: Output,
): Promise<number> {
  if (folder !== undefined) throw calledWrongly(VERB, `With --bucket there is no folder, not ${folder}`);
  const { keys, database, to, output: file, history, all, metadata } = values;
  // The store's client is loaded by those who need it.
  const { restoreFromBucket } = await import("./restore-from-bucket.ts");
  const check = values["no-check"] !== true;
  return untilInterrupted((signal) =>
    restoreFromBucket(
      {
        ...{ bucket, keys, database, to, output: file, history, all, metadata, signal },
        placeAttached: values["place-attached"] === true,
        restoreFile: (directory, moment, target) => restore({ directory, to: moment, file: target, check }, output),
        listFile: (directory) => list(directory, undefined, 0, output),
      },
      output,
    ),
  );
}

function countOf(text = "10"): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw calledWrongly(VERB, `--count takes a number up to 9999, not "${text}"`);
}

function list(directory: string, around: string | undefined, count: number, output: Output): number {
  const moment = around === undefined ? null : parseMomentArgument(around);
  const history = openStoredHistory(directory);
  try {
    const description = describeHistory(history);
    let commits = null;
    if (moment) {
      // A list needs no exact answer: a time outside of the window shows the commits that are nearest to it.
      const atMs = moment.kind === "time" ? moment.atMs : resolveStoredMoment(history, moment).timeMs;
      commits = listCommitsAround(history, { atMs, before: count, after: count });
    }
    output.answer({ ok: true, directory, ...description, ...(commits ? { around: commits } : {}) }, () => [
      ...toWindowLines(directory, description),
      ...(commits ? ["", "commits around it", ...commits.map(toCommitLine)] : []),
    ]);
    return EXIT.ok;
  } finally {
    history.close();
  }
}

async function verify(directory: string, output: Output): Promise<number> {
  requireHistory(directory);
  const report = await inspectHistory(directory, (done, total) => output.progress("reading", done, total));
  output.answer({ ...report, directory }, () => toReportLines(directory, report));
  return report.ok ? EXIT.ok : EXIT.damaged;
}

type Wanted = { directory: string; to: string; file: string | undefined; check: boolean };

async function restore({ directory, to, file, check }: Wanted, output: Output): Promise<number> {
  const moment = parseMomentArgument(to);
  const history = openStoredHistory(directory);
  const { reached, sizeBytes } = (() => {
    try {
      const { txid, timeMs, ...commit } = resolveStoredMoment(history, moment);
      const bookmark = history.bookmarkOf({ txid, timeMs, ...commit });
      return { reached: { bookmark, txid, timeMs }, sizeBytes: commit.sizeAfter * history.pageSize };
    } finally {
      history.close();
    }
  })();
  const names = `${reached.bookmark} of ${toInstant(reached.timeMs)}`;
  if (file === undefined) {
    output.answer({ ok: true, reached, sizeBytes }, () => [`${names}, ${toSize(sizeBytes)}`]);
    return EXIT.ok;
  }
  const target = path.resolve(file);
  const startedMs = performance.now();
  const written = await untilInterrupted((signal) =>
    writeState({
      historyDirectory: directory,
      txid: reached.txid,
      output: target,
      sizeBytes,
      check,
      signal,
      report: (stage, done, total) => output.progress(stage === "write" ? "writing" : "checking", done, total),
    }),
  );
  const isSound = written.integrity === null || written.integrity.every((line) => line === "ok");
  const answer = { reached, output: target, sizeBytes, ...written, tookMs: Math.round(performance.now() - startedMs) };
  output.answer({ ok: isSound, ...answer }, () => [
    `${target} is the database at ${names}`,
    `${written.pages} pages of ${written.pageSizeBytes} bytes, each read back and as the history names it`,
    ...integrityLines(written.integrity),
  ]);
  return isSound ? EXIT.ok : EXIT.damaged;
}

function integrityLines(integrity: readonly string[] | null): string[] {
  if (integrity === null) return ["SQLite's integrity check was left out"];
  if (integrity.every((line) => line === "ok")) return ["SQLite's integrity check: ok"];
  return ["SQLite's integrity check finds that this state was malformed when it was captured:", ...integrity];
}

/** Ctrl-C ends the work and leaves nothing half-done behind. */
async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const interrupt = () => abort.abort(new LastgoodError("cancelled", "Interrupted: nothing was written."));
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, interrupt);
  try {
    return await work(abort.signal);
  } finally {
    for (const signal of signals) process.removeListener(signal, interrupt);
  }
}
