/**
 * One job in a process of its own: `ready` → job → `locked` → pages → `applied`. The parent may give up while the lock is
 * held; when it falls silent or dies, the lock is given back and nothing happened. Once the pages have come,
 * the child completes by itself. With `holdMs` it keeps the lock afterwards: → `release` → `released`. It is the lock that the
 * pages were written under, never given back in between; that it ends does not depend on the parent.
 */
import { flushCompileCache } from "node:module";
import { crc32 } from "node:zlib";
import { LastgoodError, toWireError } from "../../../domain/errors.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { explainFileError } from "../../processes/explain-file-error.ts";
import { openLiveFile } from "../live-url.ts";
import { isBusy } from "../wal/sqlite-busy.ts";
import { wakeLog } from "../wal/wake-log.ts";
import { addEntry, blockGeometry, clearStaleEntries, INDEX_BLOCK } from "../wal/wal-index-blocks.ts";
import { addChecksum, alignedBuffer, wordsOf } from "../wal/wal-layout.ts";
import { ALL_STEPS, type AppendSteps, appendCommit, type CommitPages, lockBytePage } from "./append-commit.ts";
import type { Applied, ApplyJob, FinalPages, FromChild, LockedState, ToChild } from "./apply-messages.ts";
import { type LockedLog, lockLog } from "./locked-log.ts";
import { PageSet } from "./page-set-file.ts";
import { patchPageOne } from "./patch-page-one.ts";
import { writeIntent } from "./write-intent.ts";

const SCHEMA_COOKIE_AT = 40;
const REHEARSALS = 2000;

/** Serves one job over this process's IPC channel and exits. */
export async function answerApplyJob(steps: AppendSteps = ALL_STEPS): Promise<void> {
  const channel = new ParentChannel();
  channel.send({ kind: "ready" });
  // It may be ended by a signal, at which Node would not keep what it has compiled.
  flushCompileCache();
  let first = await channel.next();
  for (; first?.kind === "rehearse"; first = await channel.next()) rehearse();
  try {
    if (first?.kind === "apply") await apply(first.job, channel, steps);
    else if (first?.kind === "fence") {
      wakeOnce(first.databasePath, first.lockTimeoutMs);
      channel.send({ kind: "fenced" });
    }
  } catch (error) {
    channel.send({ kind: "failed", error: toWireError(asLastgoodError(error)) });
  }
  channel.end();
}

/** Has the loops of an apply compiled before anybody waits for them: on made-up pages, without any file. */
function rehearse(): void {
  const pageSize = 4096;
  const page = alignedBuffer(pageSize);
  const words = wordsOf(page);
  const sums = Int32Array.of(1, 2);
  const geometry = blockGeometry(1);
  const block = Buffer.alloc(INDEX_BLOCK);
  for (let i = 1; i <= REHEARSALS; i++) {
    addChecksum(words, 0, words.length, sums);
    page.writeUInt32BE(crc32(page), 0);
    addEntry(block, geometry, i, i);
  }
  clearStaleEntries(block, geometry, 0);
}

async function apply(job: ApplyJob, channel: ParentChannel, steps: AppendSteps): Promise<void> {
  // Opened before the lock: reading its table must not make writers wait.
  const sets = job.pagesFile === null ? [] : [new PageSet(job.pagesFile)];
  const log = lockLog(job.databasePath, job.lockTimeoutMs);
  try {
    reachPoint("apply.locked");
    const lockedAtMs = performance.now();
    channel.send({ kind: "locked", state: stateOf(log) });
    const answer = await channel.next(job.pagesTimeoutMs);
    if (answer?.kind !== "pages") {
      channel.send({ kind: "gaveUp" });
      return;
    }
    if (answer.pages.pagesFile !== null) sets.unshift(new PageSet(answer.pages.pagesFile));
    reachPoint("apply.pages-taken");
    const applied = append(job, log, sets, answer.pages, steps);
    if (job.holdMs === undefined) log.release();
    reachPoint("apply.released");
    const lockedMs = Math.round(performance.now() - lockedAtMs);
    channel.send({ kind: "applied", applied: { ...applied, lockedMs } });
    if (job.holdMs !== undefined) {
      await channel.next(Math.max(0, job.holdMs - lockedMs));
      log.release();
      reachPoint("apply.let-go");
      channel.send({ kind: "released" });
    }
  } finally {
    log.release();
  }
}

function append(
  job: ApplyJob,
  log: LockedLog,
  sets: readonly PageSet[],
  final: FinalPages,
  steps: AppendSteps,
): Omit<Applied, "lockedMs"> {
  const { sizeAfterPages } = final;
  const { pages, schemaCookie } = collectPages(job, log, sets, sizeAfterPages);
  const end = appendCommit(
    log,
    pages,
    (position) =>
      writeIntent(job.intentPath, {
        version: 1,
        restoreId: job.restoreId,
        before: log.position,
        end: position,
        schemaCookie,
        sizeAfterPages,
      }),
    steps,
  );
  return { end, pages: pages.numbers.length, schemaCookie };
}

/** The pages of all sets, earlier sets first, with page 1 made the live one's successor. */
function collectPages(
  job: ApplyJob,
  log: LockedLog,
  sets: readonly PageSet[],
  sizeAfter: number,
): { pages: CommitPages; schemaCookie: number } {
  const { pageSize } = log.header;
  const sources = new Map<number, PageSet>();
  for (const set of sets) {
    if (set.pageSize !== pageSize) {
      throw new LastgoodError("restore_failed", `The database's page size has changed to ${pageSize} bytes.`, {
        hint: "Nothing was changed. Restore into a new database instead.",
      });
    }
    for (const page of set.pages()) if (!sources.has(page)) sources.set(page, set);
  }
  const pageOne = Buffer.from(log.pageOne);
  sources.get(1)?.readInto(1, pageOne, 0);
  const { cookieFloor } = job;
  const schemaCookie = patchPageOne(pageOne, { live: log.pageOne, sizeAfterPages: sizeAfter, cookieFloor });
  const unused = lockBytePage(pageSize);
  const others = [...sources.keys()].filter((page) => page > 1 && page <= sizeAfter && page !== unused);
  const readInto = (page: number, target: Buffer, offset: number) => {
    if (page === 1) pageOne.copy(target, offset);
    else sources.get(page)?.readInto(page, target, offset);
  };
  return { pages: { numbers: [1, ...others.sort((a, b) => a - b)], sizeAfter, readInto }, schemaCookie };
}

function stateOf(log: LockedLog): LockedState {
  return {
    position: log.position,
    pageSize: log.header.pageSize,
    livePages: log.header.pages,
    schemaCookie: log.pageOne.readUInt32BE(SCHEMA_COOKIE_AT),
  };
}

/** One ordinary commit over whatever a dead apply left behind the log's end, so that no recovery can find it later. */
function wakeOnce(databasePath: string, timeoutMs: number): void {
  const connection = openLiveFile(databasePath, { timeout: timeoutMs });
  try {
    wakeLog(connection);
    reachPoint("apply.fenced");
  } finally {
    connection.close();
  }
}

function asLastgoodError(error: unknown): LastgoodError {
  if (error instanceof LastgoodError) return error;
  if (isBusy(error)) {
    return new LastgoodError("restore_conflict", "Another process kept the write lock of the database.", {
      retryAfterSeconds: 5,
    });
  }
  return explainFileError(error, "The restore could not be applied", "restore_failed");
}

/** The parent's messages in their order; null once it is silent for too long or gone. */
class ParentChannel {
  private readonly queue: ToChild[] = [];
  private wake: (() => void) | null = null;
  private gone = false;

  constructor() {
    process.on("message", (message) => {
      this.queue.push(message as ToChild);
      this.wake?.();
    });
    process.on("disconnect", () => {
      this.gone = true;
      this.wake?.();
    });
  }

  send(message: FromChild): void {
    // A parent that died meanwhile is noticed by `disconnect`; the failed write says nothing more.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  }

  async next(timeoutMs?: number): Promise<ToChild | null> {
    if (this.queue.length === 0 && !this.gone) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        if (timeoutMs !== undefined) setTimeout(resolve, timeoutMs).unref();
      });
      this.wake = null;
    }
    return this.queue.shift() ?? null;
  }

  /** Lets the process end once what was sent has left it. */
  end(): void {
    process.removeAllListeners("message");
    if (process.connected) process.disconnect();
  }
}
