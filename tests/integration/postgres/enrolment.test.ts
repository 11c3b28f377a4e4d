import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { POST as enrolRoute } from "../../../app/api/enrolments/route.ts";
import { metadata } from "../../../lib/db/client.ts";
import { SetBack } from "../../../lib/domain/displaced.ts";
import type { MachineFacts } from "../../../lib/domain/enrolment.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { acceptEnrolment } from "../../../lib/services/agents/accept-enrolment.ts";
import { askAgentOf } from "../../../lib/services/agents/ask-agent.ts";
import { createEnrolment } from "../../../lib/services/agents/create-enrolment.ts";
import { beginEnrolment, makeEnrolmentToken, readEnrolmentToken } from "../../../lib/services/agents/enrolment-seal.ts";
import { findDisplacement } from "../../../lib/services/agents/find-displacement.ts";
import { isCurrentRun } from "../../../lib/services/agents/is-current-run.ts";
import { listAgents } from "../../../lib/services/agents/list-agents.ts";
import { pageEnrolments, revokeEnrolment } from "../../../lib/services/agents/list-enrolments.ts";
import { openAgentKey } from "../../../lib/services/agents/machine.ts";
import { noteAlive } from "../../../lib/services/agents/note-alive.ts";
import { registerAgent } from "../../../lib/services/agents/register-agent.ts";
import { retireAgent } from "../../../lib/services/agents/retire-agent.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { keepOnce } from "../../../lib/services/keep-once.ts";
import { type MetadataWorld, openMetadataWorld } from "../services/open-metadata-world.ts";

let world: MetadataWorld;
let owner: CallContext;
let acme = "";
const origin = () => ({ requestId: randomUUID(), address: `192.0.2.${Math.floor(Math.random() * 200)}` });
const folders: string[] = [];

beforeAll(async () => {
  world = await openMetadataWorld();
  acme = await world.addNamespace("acme");
  owner = await world.contextOf(await world.addUser("owner@acme.example", { [acme]: "owner" }));
});
beforeEach(() => {
  process.env.LASTGOOD_DATA = world.data;
});
afterEach(() => {
  process.env.LASTGOOD_DATA = world.data;
});
afterAll(async () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  await world.close();
});

const make = (more: { region?: string; replaces?: string } = { region: "east" }) =>
  createEnrolment(owner, { namespace: "acme", ...more });

/** A machine with an empty data directory. */
function machine(): { data: string; facts: MachineFacts } {
  const data = mkdtempSync(path.join(tmpdir(), "enrolled-"));
  folders.push(data);
  const { agentSocket: socketPath, hosted, clusters } = runtimePaths(data);
  return { data, facts: { machineId: randomUUID(), hostName: "db1", socketPath, hosted, clusters } };
}

/** What `lastgood enrol` does. */
async function enrol(token: string, { data, facts } = machine()) {
  const read = readEnrolmentToken(token);
  if (!read) throw new Error("a token that was made can be read");
  const { request, open } = beginEnrolment(read, facts);
  const enrolled = open(await acceptEnrolment(origin(), request));
  if (!enrolled) throw new Error("the answer can be read");
  const paths = runtimePaths(data);
  keepOnce(paths.agentId, () => enrolled.agentId);
  keepOnce(paths.machineId, () => facts.machineId);
  keepOnce(paths.agentKey, () => enrolled.agentKey);
  keepOnce(paths.secret, () => enrolled.secret);
  return { data, enrolled, facts };
}

/** Registers as the agent of a data directory does when it starts. */
async function start(data: string) {
  process.env.LASTGOOD_DATA = data;
  try {
    return await registerAgent({ region: "ignored", socketPath: runtimePaths(data).agentSocket });
  } finally {
    process.env.LASTGOOD_DATA = world.data;
  }
}

const silence = (agentId: string) =>
  metadata().agent.update({ where: { id: agentId }, data: { aliveAtMs: BigInt(Date.now() - 61_000) } });

describe("a machine with a token", () => {
  test("becomes an agent of the token's region, with the installation's secret and a key of its own", async () => {
    const { id, token, region } = await make();
    const { data, enrolled, facts } = await enrol(token);
    const { agentId, machine: own } = await start(data);
    expect(enrolled).toMatchObject({ agentId, region, databases: 0 });
    const row = await metadata().agent.findUniqueOrThrow({ where: { id: agentId } });
    expect(row).toMatchObject({ region: "east", machineId: facts.machineId });
    expect(openAgentKey(agentId, row.sealedKey ?? "")).toEqual(own.key);
    expect(own.key.toString("base64url")).toBe(enrolled.agentKey);
    expect((await pageEnrolments(owner, { namespace: "acme" })).enrolments).toContainEqual(
      expect.objectContaining({ id, state: "used", agentId }),
    );
    const trail = await world.auditTrail();
    expect(trail.map(({ action, targetId }) => [action, targetId])).toEqual(
      expect.arrayContaining([
        ["agent.enrol", id],
        ["agent.enrolled", agentId],
      ]),
    );
    expect(JSON.stringify(trail, (_, value) => (typeof value === "bigint" ? `${value}` : value))).not.toContain(token);
    const kept = JSON.stringify(await metadata().agentEnrolment.findMany(), (_, value) =>
      typeof value === "bigint" ? `${value}` : value,
    );
    expect(kept).not.toContain(token.slice(-43));
  });

  test("sends neither the token nor what is made of it, and nobody else can read the answer", async () => {
    const { token } = await make();
    const { facts } = machine();
    const read = readEnrolmentToken(token);
    const { request, open } = beginEnrolment(read ?? makeEnrolmentToken(), facts);
    const answer = await acceptEnrolment(origin(), request);
    const heard = JSON.stringify([request, answer]);
    expect(heard).not.toContain(token.slice(-43));
    expect(heard).not.toContain(read?.key.toString("base64url"));
    expect(open(answer)).not.toBeNull();
    // Who finds the token later, and recorded everything, lacks the machine's own key.
    expect(beginEnrolment(read ?? makeEnrolmentToken(), facts).open(answer)).toBeNull();
    expect(open({ ...answer, sealed: `${answer.sealed.slice(0, -4)}AAAA` })).toBeNull();
  });

  test("cannot use it twice, nor once it was revoked or is over; what is wrong about it is told to nobody", async () => {
    const refusals: string[] = [];
    const tried = async (token: string) =>
      enrol(token).then(
        () => refusals.push("let in"),
        (error: Error & { code: string }) => refusals.push(`${error.code} ${error.message}`),
      );
    const used = await make();
    await enrol(used.token);
    await tried(used.token);
    const revoked = await make();
    await revokeEnrolment(owner, { namespace: "acme", enrolmentId: revoked.id });
    await tried(revoked.token);
    const old = await make();
    await metadata().agentEnrolment.update({ where: { id: old.id }, data: { expiresAtMs: 1n } });
    await tried(old.token);
    const open = await make();
    await tried(`${open.token.slice(0, -5)}AAAAA`);
    await tried(makeEnrolmentToken().token);
    expect(new Set(refusals)).toEqual(new Set(["not_found This token is not valid, or no longer."]));
    expect(refusals).toHaveLength(5);
    // A request that was changed on its way counts for nothing either, and the token is good still.
    const { request } = beginEnrolment(readEnrolmentToken(open.token) ?? makeEnrolmentToken(), machine().facts);
    const changed = { ...request, machine: { ...request.machine, machineId: randomUUID() } };
    await expect(acceptEnrolment(origin(), changed)).rejects.toMatchObject({ code: "not_found" });
    await enrol(open.token);
  });

  test("of two that use one at once becomes an agent alone", async () => {
    const { token } = await make();
    const both = await Promise.allSettled([enrol(token), enrol(token)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("is answered over HTTP, and guesses from one address are limited", async () => {
    const send = (body: unknown) =>
      enrolRoute(
        new Request("http://127.0.0.1:3000/api/enrolments", {
          method: "POST",
          headers: { host: "127.0.0.1:3000", "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      );
    const guess = () => beginEnrolment(makeEnrolmentToken(), machine().facts).request;
    expect((await send({ ...guess(), publicKey: "x" })).status).toBe(400);
    const { token } = await make();
    const begun = beginEnrolment(readEnrolmentToken(token) ?? makeEnrolmentToken(), machine().facts);
    const answer = await send(begun.request);
    expect(answer.status).toBe(201);
    expect(begun.open(await answer.json())).toMatchObject({ region: "east" });
    const statuses: number[] = [];
    while (statuses.length < 32) statuses.push((await send(guess())).status);
    expect(new Set(statuses)).toEqual(new Set([404, 429]));
  });
});

describe("who may enrol", () => {
  test("is no other namespace of the installation, and nobody but owners", async () => {
    const other = await world.addNamespace("other");
    const theirs = await world.contextOf(await world.addUser("owner@other.example", { [other]: "owner" }));
    const wish = { namespace: "other", region: "east" };
    await expect(createEnrolment(theirs, wish)).rejects.toMatchObject({ code: "forbidden" });
    await expect(listAgents(theirs, { namespace: "other" })).rejects.toMatchObject({ code: "forbidden" });
    await expect(createEnrolment(theirs, { ...wish, namespace: "acme" })).rejects.toMatchObject({ code: "not_found" });
    const admin = await world.contextOf(await world.addUser("admin@acme.example", { [acme]: "admin" }));
    await expect(createEnrolment(admin, { ...wish, namespace: "acme" })).rejects.toMatchObject({ code: "forbidden" });
    expect((await listAgents(admin, { namespace: "acme" })).isShared).toBe(true);
  });

  test("is nobody whose right ended after the token was made", async () => {
    const userId = await world.addUser("former@acme.example", { [acme]: "owner" });
    const former = await world.contextOf(userId);
    const of = { namespaceId_userId: { namespaceId: acme, userId } };
    const { token } = await createEnrolment(former, { namespace: "acme", region: "east" });
    await metadata().membership.update({ where: of, data: { role: "admin" } });
    await expect(enrol(token)).rejects.toMatchObject({ code: "not_found" });
    await metadata().membership.delete({ where: of });
    await expect(enrol(token)).rejects.toMatchObject({ code: "not_found" });
    await metadata().membership.create({ data: { namespaceId: acme, userId, role: "owner", createdAtMs: 1n } });
    await enrol(token);
  });

  test("is not kept out by strangers who guess other tokens", async () => {
    const { token } = await make();
    for (let n = 0; n < 60; n++) {
      const { request } = beginEnrolment(makeEnrolmentToken(), machine().facts);
      const from = { requestId: randomUUID(), address: `198.51.100.${n % 12}` };
      await expect(acceptEnrolment(from, request)).rejects.toMatchObject({ code: "not_found" });
    }
    await enrol(token);
  });
});

describe("a lost agent", () => {
  test("is replaced with its id, region and databases, and counts no more when it comes back", async () => {
    const lost = await enrol((await make({ region: "west" })).token);
    const { agentId, epoch, machine: former } = await start(lost.data);
    const databaseId = await world.addDatabase(acme, "shop");
    await metadata().database.update({ where: { id: databaseId }, data: { agentId } });
    await expect(make({ replaces: agentId })).rejects.toMatchObject({ code: "conflict" });
    await silence(agentId);
    const { token, region } = await make({ replaces: agentId });
    expect(region).toBe("west");
    // It lives again before the token is used: nothing is taken from it.
    expect(await noteAlive({ agentId, epoch })).toBe(true);
    await expect(enrol(token)).rejects.toMatchObject({ code: "conflict" });
    await silence(agentId);
    const heir = await enrol(token);
    expect(heir.enrolled).toMatchObject({ agentId, region: "west", databases: 1 });
    const { path: file } = await metadata().database.findUniqueOrThrow({ where: { id: databaseId } });
    expect(file).toBe(path.join(heir.data, "databases", `${databaseId}.db`));

    expect(await isCurrentRun(metadata(), { agentId, epoch })).toBe(false);
    expect(await findDisplacement({ agentId, epoch }, former.machineId)).toMatchObject({
      message: expect.stringContaining("was given to the machine db1"),
    });
    await expect(start(lost.data)).rejects.toMatchObject({ code: "conflict" });
    const registered = await start(heir.data);
    expect(registered.epoch).toBeGreaterThan(epoch);
    expect(await findDisplacement(registered, registered.machine.machineId)).toBeNull();
    await expect(start(lost.data)).rejects.toMatchObject({ message: expect.stringContaining("was given to") });
    expect(await metadata().agent.count({ where: { id: agentId } })).toBe(1);
    await metadata().database.delete({ where: { id: databaseId } });
  });

  test("and its heir, at the same time, leave one of them as the agent that was told so", async () => {
    for (let n = 0; n < 5; n++) {
      const lost = await enrol((await make()).token);
      const { agentId } = await start(lost.data);
      await silence(agentId);
      const { token } = await make({ replaces: agentId });
      const heir = machine();
      const [back, taken] = await Promise.allSettled([start(lost.data), enrol(token, heir)]);
      const row = await metadata().agent.findUniqueOrThrow({ where: { id: agentId } });
      expect([back.status, taken.status]).toContain("fulfilled");
      if (taken.status === "fulfilled") expect(row.machineId).toBe(heir.facts.machineId);
      else expect(row.machineId).toBe(lost.facts.machineId);
    }
  });

  test("whose store was set back registers anew, and is not taken for displaced", async () => {
    const { data } = await enrol((await make()).token);
    await start(data);
    const run = await start(data);
    await metadata().agent.update({ where: { id: run.agentId }, data: { epoch: { decrement: 1 } } });
    expect(await findDisplacement(run, run.machine.machineId)).toBeInstanceOf(SetBack);
    const again = await start(data);
    expect(await findDisplacement(again, again.machine.machineId)).toBeNull();
  });

  test("whose data directory was copied: of two machines the one that started last goes on, and the other is told why it ends", async () => {
    const { data } = await enrol((await make()).token);
    const first = await start(data);
    const copy = await start(data);
    expect(await findDisplacement(copy, copy.machine.machineId)).toBeNull();
    expect(await findDisplacement(first, first.machine.machineId)).toMatchObject({
      message: expect.stringContaining("copies of one data directory"),
    });
  });
});

describe("an agent", () => {
  test("is retired once it owns nothing, and then starts no more", async () => {
    const { data } = await enrol((await make()).token);
    const { agentId, epoch, machine: own } = await start(data);
    const databaseId = await world.addDatabase(acme, "books");
    await metadata().database.update({ where: { id: databaseId }, data: { agentId } });
    const retire = () => retireAgent(owner, { namespace: "acme", agentId });
    await expect(retire()).rejects.toMatchObject({ code: "conflict", message: "This agent owns 1 database." });
    await metadata().database.delete({ where: { id: databaseId } });
    expect(await retire()).toMatchObject({ state: "retired", retiredBy: "owner@acme.example" });
    expect(await findDisplacement({ agentId, epoch }, own.machineId)).toMatchObject({ code: "conflict" });
    await expect(start(data)).rejects.toMatchObject({ message: expect.stringContaining("was retired") });
    await expect(make({ replaces: agentId })).rejects.toMatchObject({ code: "conflict" });
  });

  test("of another protocol is not asked, and says what to upgrade; others are", async () => {
    const { data } = await enrol((await make()).token);
    const { agentId } = await start(data);
    await metadata().agent.update({ where: { id: agentId }, data: { protocol: 99, version: "9.0.0" } });
    await expect(askAgentOf({ agentId }, "health", {})).rejects.toMatchObject({
      code: "agent_unavailable",
      message: expect.stringContaining("Lastgood 9.0.0 (protocol 99)"),
      details: { hint: expect.stringContaining("Upgrade the console") },
    });
    const { agents } = await listAgents(owner, { namespace: "acme" });
    expect(agents.find(({ id }) => id === agentId)).toMatchObject({ state: "running", answers: false });
  });
});
