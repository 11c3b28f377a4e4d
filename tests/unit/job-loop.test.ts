import { setTimeout as wait } from "node:timers/promises";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { type ClaimedJob, JobLoop, type JobStore } from "../../lib/agent/job-loop.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import type { Run } from "../../lib/engines/engine.ts";
import { LIMITED_JOBS } from "../../lib/services/jobs/job-kinds.ts";

type Outcome = { jobId: string; ok: boolean; code?: string };

/** Jobs in memory, with the same promises that the metadata gives. */
class Queue implements JobStore {
  readonly waiting: ClaimedJob[];
  readonly outcomes: Outcome[] = [];
  readonly reports: string[] = [];
  cancelAsked = false;
  goneAhead = false;
  renewals = 0;
  constructor(...waiting: ClaimedJob[]) {
    this.waiting = waiting;
  }
  async claim({ databases, jobs }: Parameters<JobStore["claim"]>[0]): Promise<ClaimedJob | null> {
    const index = this.waiting.findIndex(
      (job) => !jobs.includes(job.id) && !(job.databaseId && databases.includes(job.databaseId)),
    );
    return index < 0 ? null : (this.waiting.splice(index, 1)[0] ?? null);
  }
  async renew(): Promise<"kept" | "cancel"> {
    this.renewals++;
    return this.cancelAsked ? "cancel" : "kept";
  }
  async goAhead(): Promise<"kept" | "cancel"> {
    this.goneAhead ||= !this.cancelAsked;
    return this.goneAhead ? "kept" : "cancel";
  }
  async progress(jobId: string, stage: string, done: number, total: number): Promise<void> {
    this.reports.push(`${jobId} ${stage} ${done}/${total}`);
  }
  async line(jobId: string, text: string): Promise<void> {
    this.reports.push(`${jobId}: ${text}`);
  }
  async finish(jobId: string, outcome: { ok: true } | { ok: false; error: LastgoodError }): Promise<void> {
    this.outcomes.push(outcome.ok ? { jobId, ok: true } : { jobId, ok: false, code: outcome.error.code });
  }
}

const job = (id: string, databaseId: string | null = null): ClaimedJob => ({
  id,
  kind: "test",
  databaseId,
  payload: {},
  attempt: 1,
});
const loopOver = (store: Queue, handle: (job: ClaimedJob, run: Run) => Promise<void>, renewMs = 5) =>
  new JobLoop({ store, handle, log: pino({ level: "silent" }), pollMs: 5, renewMs, maxConcurrent: 4 });
const untilAborted = ({ signal }: Run) =>
  new Promise<void>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !condition(); tries++) await wait(5);
  expect(condition()).toBe(true);
}

describe("the job loop", () => {
  it("never runs two jobs of one database at once, while others go on", async () => {
    const store = new Queue(job("a", "db1"), job("b", "db1"), job("c", "db2"));
    const active = new Map<string, number>();
    let together = 0;
    const loop = loopOver(store, async ({ databaseId }) => {
      const key = databaseId ?? "";
      active.set(key, (active.get(key) ?? 0) + 1);
      expect(active.get(key)).toBe(1);
      together = Math.max(
        together,
        [...active.values()].reduce((sum, one) => sum + one, 0),
      );
      await wait(20);
      active.set(key, 0);
    });
    loop.start();
    await until(() => store.outcomes.length === 3);
    await loop.stop();
    expect(store.outcomes.every(({ ok }) => ok)).toBe(true);
    expect(together).toBe(2);
  });

  it("does not begin a job again that it still runs, though its lease ran out while the metadata were away", async () => {
    const store = new Queue(job("long"));
    const held = Promise.withResolvers<void>();
    let begun = 0;
    const loop = loopOver(store, () => {
      begun++;
      return held.promise;
    });
    loop.start();
    await until(() => begun === 1);
    store.waiting.push(job("long"), job("other"));
    await until(() => begun === 2);
    await wait(20);
    expect([begun, store.waiting.map(({ id }) => id)]).toEqual([2, ["long"]]);
    held.resolve();
    await until(() => begun === 3);
    await loop.stop();
  });

  it("keeps places for what people wait for, however many copies are brought back at once", async () => {
    const back = (id: string) => ({ ...job(id, id), kind: "copy.bring-back" });
    const store = new Queue(back("a"), back("b"), back("c"), back("d"), { ...job("e", "e"), kind: "restore.run" });
    store.claim = async ({ kinds }: { kinds: readonly string[] }) => {
      const index = store.waiting.findIndex(({ kind }) => !kinds.includes(kind));
      return index < 0 ? null : (store.waiting.splice(index, 1)[0] ?? null);
    };
    const handle = ({ kind }: ClaimedJob, run: Run) => (kind === "restore.run" ? Promise.resolve() : untilAborted(run));
    const log = pino({ level: "silent" });
    const loop = new JobLoop({ store, handle, log, pollMs: 5, renewMs: 5, maxConcurrent: 4, limited: LIMITED_JOBS });
    loop.start();
    await until(() => store.outcomes.length === 1);
    await loop.stop();
    expect([store.outcomes, store.waiting.length]).toEqual([[{ jobId: "e", ok: true }], 2]);
  });

  it("fails a job with the error that its handler threw, and an unknown one as internal", async () => {
    const store = new Queue(job("known"), job("unknown"));
    const loop = loopOver(store, async ({ id }) => {
      throw id === "known" ? new LastgoodError("storage_full", "The disk is full.") : new TypeError("x is undefined");
    });
    loop.start();
    await until(() => store.outcomes.length === 2);
    await loop.stop();
    expect(Object.fromEntries(store.outcomes.map(({ jobId, code }) => [jobId, code]))).toEqual({
      known: "storage_full",
      unknown: "internal",
    });
  });

  it("cancels through the signal when the row asks for it", async () => {
    const store = new Queue(job("long"));
    store.cancelAsked = true;
    const loop = loopOver(store, (_job, run) => untilAborted(run));
    loop.start();
    await until(() => store.outcomes.length === 1);
    await loop.stop();
    expect(store.outcomes).toEqual([{ jobId: "long", ok: false, code: "cancelled" }]);
  });

  it("learns of a cancel when it is woken, and asks once however often it is", async () => {
    const store = new Queue(job("long"));
    const loop = loopOver(store, (_job, run) => untilAborted(run), 3_600_000);
    loop.start();
    await until(() => store.waiting.length === 0);
    store.cancelAsked = true;
    for (let times = 0; times < 50; times++) loop.wake();
    await until(() => store.outcomes.length === 1);
    await loop.stop();
    expect(store.outcomes).toEqual([{ jobId: "long", ok: false, code: "cancelled" }]);
    expect(store.renewals).toBeLessThan(5);
  });

  it.each([
    ["never lets one go ahead that was cancelled before, though nobody told it", true],
    ["lets one end that went ahead before it was cancelled", false],
  ])("%s", async (_, isAskedBefore) => {
    const store = new Queue(job("writes"));
    let written = false;
    const loop = loopOver(
      store,
      async (_job, run) => {
        if (isAskedBefore) store.cancelAsked = true;
        await run.goAhead?.();
        store.cancelAsked = true;
        written = true;
      },
      3_600_000,
    );
    loop.start();
    await until(() => store.outcomes.length === 1);
    await loop.stop();
    expect(written).toBe(!isAskedBefore);
    expect(store.outcomes).toEqual([
      isAskedBefore ? { jobId: "writes", ok: false, code: "cancelled" } : { jobId: "writes", ok: true },
    ]);
  });

  it("leaves a job unfinished whose end the metadata store could not take, and goes on with others", async () => {
    const store = new Queue(job("applied"), job("next"));
    const loop = loopOver(store, async ({ id }) => {
      if (id === "applied") throw new LastgoodError("metadata_unavailable", "The metadata store does not answer.");
    });
    loop.start();
    await until(() => store.outcomes.length === 1);
    await loop.stop();
    expect(store.outcomes).toEqual([{ jobId: "next", ok: true }]);
  });

  it("leaves an interrupted job unfinished for the next start", async () => {
    const store = new Queue(job("long"));
    let started = false;
    const loop = loopOver(store, (_job, { signal }) => {
      started = true;
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    loop.start();
    await until(() => started);
    await loop.stop();
    expect(store.outcomes).toEqual([]);
  });

  it("writes the last progress before the end, and none of a stage that is over within a moment", async () => {
    const store = new Queue(job("steps"));
    const loop = loopOver(store, async (_, run) => {
      run.progress("plan", 0, 1);
      run.progress("prepare", 0, 10);
      await until(() => store.reports.length === 1);
      for (let done = 1; done <= 10; done++) run.progress("prepare", done, 10);
    });
    loop.start();
    await until(() => store.outcomes.length === 1);
    await loop.stop();
    expect(store.reports).toEqual(["steps prepare 0/10", "steps prepare 10/10"]);
  });
});
