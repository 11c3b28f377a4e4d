import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Metadata, metadata, openMetadata } from "../../../lib/db/client.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { metadataPlace } from "../../../lib/metadata-place.ts";
import { claimJob } from "../../../lib/services/jobs/claim-job.ts";
import { createJob } from "../../../lib/services/jobs/create-job.ts";
import { finishJob } from "../../../lib/services/jobs/finish-job.ts";
import { openJobStore } from "../../../lib/services/jobs/job-store.ts";
import { readJobView } from "../../../lib/services/jobs/read-job-view.ts";
import { appendJobLine } from "../../../lib/services/jobs/report-job-progress.ts";
import { transact } from "../../../lib/services/transact.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

let world: MetadataWorld;
let agentId = "";
let databaseId = "";

beforeAll(async () => {
  world = await openMetadataWorld();
  agentId = await world.agentId();
  databaseId = await world.addDatabase(await world.addNamespace("acme"), "shop");
});
afterAll(() => world.close());
beforeEach(async () => {
  await metadata().jobLine.deleteMany();
  await metadata().job.deleteMany();
  await metadata().database.updateMany({ data: { state: "active" } });
});

const queue = (owner = databaseId) =>
  transact((tx) =>
    createJob(
      tx,
      { agentId, databaseId: owner },
      { kind: "database.protect", payload: { databaseId: owner, how: "hosted" } },
    ),
  );
const holder = (name: string, leaseMs = 10_000) => ({ agentId, holder: name, leaseMs });

describe("claiming", () => {
  test("two claimers with connections of their own never get the same job", async () => {
    const queued = await Promise.all(Array.from({ length: 40 }, () => queue()));
    const claimers = ["a", "b"].map((name) => ({ name, db: openMetadata(metadataPlace()) }));
    const claimed = await Promise.all(
      claimers.map(async ({ name, db }) => {
        const ids: string[] = [];
        for (let job = await claimJob(holder(name), {}, db); job; job = await claimJob(holder(name), {}, db)) {
          ids.push(job.id);
        }
        return ids;
      }),
    );
    for (const { db } of claimers) await db.$disconnect();
    expect(claimed.flat().sort()).toEqual([...queued].sort());
  });

  test("a row that cannot be read fails by itself and keeps nobody from the next", async () => {
    const torn = await queue();
    await metadata().job.update({ where: { id: torn }, data: { payload: '{"databaseId":' } });
    const next = await queue();
    expect((await claimJob(holder("a")))?.id).toBe(next);
    expect(await claimJob(holder("a"))).toBeNull();
    expect(await readJobView(torn)).toMatchObject({ status: "failed", error: { code: "internal" } });
  });

  test("takes the oldest job first and leaves another agent's and busy databases alone", async () => {
    const second = await world.addDatabase(
      (await metadata().namespace.findFirstOrThrow()).id,
      `db-${randomUUID().slice(0, 8)}`,
    );
    const older = await queue(databaseId);
    const newer = await queue(second);
    expect(await claimJob({ ...holder("a"), agentId: "somebody-else" })).toBeNull();
    expect(await claimJob(holder("a"), { databases: [databaseId] })).toMatchObject({ id: newer });
    expect(await claimJob(holder("a"))).toMatchObject({ id: older, attempt: 1 });
    expect(await claimJob(holder("a"))).toBeNull();
  });

  test("a job whose lease ran out is resumed with the stage it had, and its former holder has lost it", async () => {
    const jobId = await queue();
    const [dead, heir] = [openJobStore(holder("dead", 1)), openJobStore(holder("heir"))];
    await dead.claim();
    await dead.progress(jobId, "copy", 3, 10);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await heir.claim()).toMatchObject({ id: jobId, attempt: 2, stage: "copy" });
    expect(await dead.renew(jobId)).toBe("lost");
    await dead.progress(jobId, "overwritten", 0, 0);
    await dead.finish(jobId, { ok: false, error: new LastgoodError("internal", "too late"), cancelled: false });
    expect(await readJobView(jobId)).toMatchObject({ status: "running", stage: "copy", error: null });
  });
});

describe("a lease", () => {
  test("that ran out is not taken from whoever says that the job still runs", async () => {
    const jobId = await queue();
    await claimJob(holder("a", 1));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await claimJob(holder("a"), { jobs: [jobId] })).toBeNull();
    expect(await claimJob(holder("a"))).toMatchObject({ id: jobId, attempt: 2 });
  });

  test("that was prolonged after somebody had seen it run out stays where it is", async () => {
    const jobId = await queue();
    const store = openJobStore(holder("a", 60_000));
    await claimJob(holder("a", 1));
    await new Promise((resolve) => setTimeout(resolve, 5));
    let prolonged = 0;
    const db = metadata().$extends({
      query: {
        job: {
          async findFirst({ args, query }) {
            const seen = await query(args);
            if (seen) {
              await store.renew(jobId);
              prolonged++;
            }
            return seen;
          },
        },
      },
    }) as unknown as Metadata;
    expect(await claimJob(holder("b"), {}, db)).toBeNull();
    expect(prolonged).toBe(1);
    expect(await store.renew(jobId)).toBe("kept");
  });
});

describe("a job", () => {
  test("tells its holder when somebody asked it to stop", async () => {
    const jobId = await queue();
    const store = openJobStore(holder("a"));
    await store.claim();
    expect(await store.renew(jobId)).toBe("kept");
    await metadata().job.update({ where: { id: jobId }, data: { cancelAsked: true } });
    expect(await store.renew(jobId)).toBe("cancel");
  });

  test("that protects a database makes it active, or failed with the cause", async () => {
    const state = async () => (await metadata().database.findUniqueOrThrow({ where: { id: databaseId } })).state;
    for (const [outcome, expected] of [
      [{ ok: true }, "active"],
      [{ ok: false, error: new LastgoodError("attach_refused", "The file is gone."), cancelled: false }, "failed"],
    ] as const) {
      await metadata().database.update({ where: { id: databaseId }, data: { state: "preparing" } });
      const jobId = await queue();
      await claimJob(holder("a"));
      await finishJob(jobId, "a", outcome);
      expect(await state()).toBe(expected);
    }
    expect(await metadata().database.findUnique({ where: { id: databaseId } })).toMatchObject({
      problem: "The file is gone.",
    });
  });

  test("keeps its first end", async () => {
    const jobId = await queue();
    await claimJob(holder("a"));
    await finishJob(jobId, "a", { ok: true });
    await finishJob(jobId, "a", { ok: false, error: new LastgoodError("internal", "late"), cancelled: false });
    expect(await readJobView(jobId)).toMatchObject({ status: "completed", error: null });
  });

  test("keeps every log line, also those written at the same time", async () => {
    const jobId = await queue();
    await Promise.all(Array.from({ length: 20 }, (_, index) => appendJobLine(jobId, `line ${index}`)));
    const view = await readJobView(jobId);
    expect(new Set(view?.lines.map(({ text }) => text)).size).toBe(20);
  });

  test("that another version queued is failed, not run, and does not hold up the next one", async () => {
    const strange = await queue();
    await metadata().job.update({ where: { id: strange }, data: { kind: "database.teleport" } });
    const next = await queue();
    expect(await claimJob(holder("a"))).toMatchObject({ id: next });
    expect(await readJobView(strange)).toMatchObject({ status: "failed", error: { code: "internal" } });
  });
});
