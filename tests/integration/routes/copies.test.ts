import { randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import path from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answersFrom } from "../../../lib/agent/answer-console.ts";
import { FetchedCopies } from "../../../lib/agent/fetched-copies.ts";
import { OpenCopies } from "../../../lib/agent/open-copies.ts";
import { agentKeyOf } from "../../../lib/agent/peer-proof.ts";
import { servePrivately } from "../../../lib/agent/private-server.ts";
import type { RestoreView } from "../../../lib/client/api-types.ts";
import type { CopiesView } from "../../../lib/client/copy-types.ts";
import { metadata } from "../../../lib/db/client.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { readEnv } from "../../../lib/env.ts";
import { localRuntimePaths } from "../../../lib/runtime-paths.ts";
import { finishJob } from "../../../lib/services/jobs/finish-job.ts";
import { loadSecret } from "../../../lib/services/load-secret.ts";
import { FileHistory } from "../../world/file-history.ts";
import { type S3Server, startS3 } from "../../world/s3-server.ts";
import { damageObjects, shipHistory } from "../../world/ship-history.ts";
import { type CallOptions, callRoute, findRouteFiles, openRouteWorld, type RouteWorld } from "./open-route-world.ts";

const COPIES = "/api/namespaces/[ns]/copies";
const LOST = "5f3b0d9e-0000-4000-8000-000000000001";
const files = findRouteFiles();
const key = randomBytes(32).toString("base64");
let world: RouteWorld;
let s3: S3Server;
let history: FileHistory;
let agent: Server;
let newest: { bookmark: string; timeMs: number };
/** What happens while the agent is asked for something. */
let meanwhile = async () => {};

beforeAll(async () => {
  [world, s3] = [await openRouteWorld(), await startS3()];
  history = new FileHistory();
  history.commit("CREATE TABLE t (id integer PRIMARY KEY, body text)");
  history.insert("t", 40);
  await history.flush();
  newest = await ship(LOST, "till");
  // Of a database that is here, and one whose head somebody has damaged.
  await ship(world.shop, "shop");
  await ship(world.theirs, "theirs");
  await ship("broken", "broken");
  await damageObjects(s3, "heads/broken.");
  const keys = path.join(world.data, "copy.keys");
  writeFileSync(keys, `${key}\n`);
  const { endpoint = null, ...where } = s3.settings;
  const copies = new OpenCopies({ ...where, endpoint, keysFile: keys, lockDays: 0, asOfMs: null });
  const fetchedCopies = new FetchedCopies(
    path.join(world.data, "fetched-copies"),
    copies,
    () => Number.MAX_SAFE_INTEGER,
  );
  const { run, agentSocket, uploads } = localRuntimePaths();
  mkdirSync(run, { recursive: true, mode: 0o700 });
  // Nobody carries jobs out here, and nothing else is asked.
  const wake = () => undefined;
  const preflight = async (file: string) => {
    await meanwhile();
    return { ok: true, path: file, refusals: [] };
  };
  const list = async (id: string | null) => {
    await meanwhile();
    return fetchedCopies.list(id);
  };
  const given = { fetchedCopies: { list }, preflight, wake };
  const answers = answersFrom(given as unknown as Parameters<typeof answersFrom>[0]);
  agent = await servePrivately(
    agentSocket,
    uploads,
    answers,
    pino({ level: "silent" }),
    agentKeyOf(loadSecret(readEnv())),
  );
}, 60_000);
afterAll(async () => {
  agent.close();
  agent.closeAllConnections();
  await history.remove();
  await s3.stop();
  await world.close();
});

const ship = (id: string, name: string) => shipHistory(s3, key, history.made.directory, { id, name, windowDays: 12 });

async function call<T>(method: string, pattern: string, params: object, options: CallOptions = {}) {
  const handlers = await files.find((one) => one.pattern === pattern)?.load();
  if (!handlers) throw new Error(`there is no ${pattern}`);
  const [owner] = world.callers.owner;
  const asked = { headers: owner?.headers ?? {}, ...options };
  const answer = await callRoute(handlers, method, pattern, { ns: "acme", ...params }, asked);
  return { status: answer.status, body: (await answer.json()) as T };
}

const copyId = async () => (await list()).copies.find(({ databaseId }) => databaseId === LOST)?.id ?? "";
const list = async () => (await call<CopiesView>("GET", COPIES, {})).body;
const bringBack = async (body: object, id?: string) =>
  call<RestoreView & { code: string }>("POST", `${COPIES}/[id]/bring-back`, { id: id ?? (await copyId()) }, { body });

test("the bucket's copies are listed, those first that are not here; another namespace's is not named", async () => {
  const { copies, bucket } = await list();
  expect(bucket).toBe(s3.settings.bucket);
  expect(copies).toMatchObject([
    { name: "till", here: null, isRestorable: true, newest: { bookmark: newest.bookmark }, problem: null },
    { name: null, databaseId: "broken", isRestorable: false, problem: expect.stringContaining("heads") },
    { name: "shop", here: { id: world.shop, name: "shop", isDeleted: false } },
    { name: "theirs", here: { id: null, name: null, isDeleted: false } },
  ]);
});

test("owners of other namespaces have nothing to do with it", async () => {
  const [other] = world.callers.foreigner;
  const asked = { ns: "other" };
  const refused = { status: 403, body: { code: "forbidden", detail: expect.stringContaining("first namespace") } };
  const headers = other?.headers ?? {};
  expect(await call("GET", COPIES, asked, { headers })).toMatchObject(refused);
  expect(await call("GET", `${COPIES}/restores`, asked, { headers })).toMatchObject(refused);
  const id = await copyId();
  expect(await call("POST", `${COPIES}/[id]/bring-back`, { ...asked, id }, { headers, body: {} })).toMatchObject(
    refused,
  );
});

test("what is brought back is a database of its own in the making, and goes when it is cancelled", async () => {
  const { status, body } = await bringBack({ reason: "the machine is gone" });
  expect(status, JSON.stringify(body)).toBe(202);
  expect(body).toMatchObject({
    ...{ databaseName: "till", target: "new_database", source: "second_copy", status: "queued", cancellable: true },
    to: { bookmark: newest.bookmark, timeMs: newest.timeMs },
    secondCopy: await copyId(),
  });
  const job = await metadata().job.findFirstOrThrow({ where: { databaseId: body.databaseId } });
  expect(job).toMatchObject({ kind: "copy.bring-back", status: "queued" });
  const row = await metadata().database.findUniqueOrThrow({ where: { id: body.databaseId } });
  expect(row).toMatchObject({ origin: "hosted", state: "preparing", windowDays: 12, kind: "project" });
  // Its name is taken meanwhile.
  expect((await bringBack({})).body.databaseName).toBe("till-restored-1");
  expect((await bringBack({ name: "TILL" })).body).toMatchObject({ code: "conflict" });
  const cancelled = await call<RestoreView>("DELETE", `${COPIES}/restores/[id]`, { id: body.id });
  expect(cancelled).toMatchObject({ status: 200, body: { status: "cancelled", copy: { id: null } } });
  const gone = await metadata().database.findUniqueOrThrow({ where: { id: body.databaseId } });
  expect(gone.deletedAtMs).not.toBeNull();
  const purge = await metadata().job.findFirst({ where: { databaseId: body.databaseId, kind: "database.purge" } });
  expect(purge?.status).toBe("queued");
  const audited = await metadata().auditEntry.findFirst({ where: { action: "copy.bring-back", targetId: body.id } });
  expect(JSON.parse(audited?.detail ?? "{}")).toMatchObject({ copyName: "till", into: "till" });
});

test("a time after the newest commit is that commit; one before it is found once the history is there", async () => {
  const later = await bringBack({ timestamp: newest.timeMs + 400, name: "later" });
  expect(later.body.to).toEqual({ bookmark: newest.bookmark, timeMs: newest.timeMs });
  const earlier = await bringBack({ timestamp: newest.timeMs - 1, name: "earlier" });
  expect(earlier.body).toMatchObject({ to: { bookmark: "", timeMs: newest.timeMs - 1 }, askedMs: newest.timeMs - 1 });
  for (const [body, code] of [
    [{ timestamp: newest.timeMs + 60_000 }, "moment_outside_window"],
    [{ timestamp: 1 }, "moment_outside_window"],
    [{ bookmark: "" }, "invalid_moment"],
    [{ region: "nowhere" }, "not_found"],
  ] as const) {
    expect([body, (await bringBack(body)).body.code]).toEqual([body, code]);
  }
  const broken = (await list()).copies.find(({ databaseId }) => databaseId === "broken")?.id;
  expect((await bringBack({}, broken)).body).toMatchObject({ code: "storage_damaged" });
  expect((await bringBack({}, `${LOST}.ffff`)).body).toMatchObject({ code: "not_found" });
});

test("what fails in its job has failed, and nothing of it stays", async () => {
  const { body } = await bringBack({ name: "fails" });
  const { id } = await metadata().job.findFirstOrThrow({ where: { databaseId: body.databaseId } });
  await metadata().job.update({ where: { id }, data: { status: "running", leaseOwner: "one" } });
  const error = new LastgoodError("storage_full", "There is too little disk.");
  await finishJob(id, "one", { ok: false, error, cancelled: false });
  const ended = await call<RestoreView>("GET", `${COPIES}/restores/[id]`, { id: body.id });
  expect(ended.body).toMatchObject({ status: "failed", error: { code: "storage_full" } });
});

test("whose newest head cannot be read is not brought back to an earlier commit unless that one is named", async () => {
  const torn = "5f3b0d9e-0000-4000-8000-000000000002";
  await ship(torn, "torn");
  await ship(torn, "torn-later");
  const { id = "" } = (await list()).copies.find(({ databaseId }) => databaseId === torn) ?? {};
  await damageObjects(s3, `heads/${id}/0`);
  const copy = (await list()).copies.find(({ databaseId }) => databaseId === torn);
  expect(copy).toMatchObject({ name: "torn", problem: expect.stringContaining("newest head cannot be read") });
  expect((await bringBack({}, id)).body).toMatchObject({
    code: "storage_damaged",
    hint: expect.stringContaining(newest.bookmark),
  });
  const { body } = await bringBack({ bookmark: newest.bookmark, name: "torn" }, id);
  expect(body).toMatchObject({ status: "queued", to: { bookmark: newest.bookmark } });
});

test("nothing is made on an agent that is retired while it is asked", async () => {
  const id = await copyId();
  const agents = (retiredAtMs: bigint | null) => metadata().agent.updateMany({ data: { retiredAtMs } });
  const counts = () => Promise.all([metadata().database.count(), metadata().restore.count(), metadata().job.count()]);
  const before = await counts();
  meanwhile = async () => {
    await agents(1n);
  };
  const attach = { name: "orphan", engine: "sqlite", attach: { path: "/srv/orphan.db" } };
  try {
    for (const make of [
      () => bringBack({ name: "orphan" }, id),
      () => call<{ code: string }>("POST", "/api/namespaces/[ns]/databases", {}, { body: attach }),
    ]) {
      expect(await make()).toMatchObject({
        status: 503,
        body: { code: "agent_unavailable", detail: expect.stringContaining("retired just now") },
      });
      await agents(null);
    }
  } finally {
    meanwhile = async () => {};
    await agents(null);
  }
  expect(await counts()).toEqual(before);
});

test("what is being erased is not brought back from its copy until that has ended", async () => {
  const id = (await list()).copies.find(({ databaseId }) => databaseId === world.shop)?.id;
  const ended = {
    requestedBy: null,
    requestedByName: "Ada",
    createdAtMs: 1n,
    runAfterMs: 1n,
    beforeMs: 1n,
    timeMs: 1n,
  };
  const erasure = { id: randomUUID(), databaseId: world.shop, bookmark: newest.bookmark, plan: "{}", ...ended };
  await metadata().erasure.create({ data: { ...erasure, status: "running", openKey: world.shop } });
  const refused = await bringBack({ name: "erased" }, id);
  expect(refused).toMatchObject({ status: 409, body: { code: "conflict", hint: "Wait until it has ended." } });
  expect(await metadata().database.count({ where: { name: "erased" } })).toBe(0);
  await metadata().erasure.update({ where: { id: erasure.id }, data: { status: "completed", openKey: null } });
  expect((await bringBack({ name: "erased" }, id)).status).toBe(202);
});
