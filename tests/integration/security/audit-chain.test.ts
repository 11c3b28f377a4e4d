import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { anchorLog } from "../../../lib/services/audit/anchor-log.ts";
import { auditKeyOf } from "../../../lib/services/audit/audit-key.ts";
import { readAuditBatches } from "../../../lib/services/audit/read-audit-batches.ts";
import { type ChainReport, verifyChain } from "../../../lib/services/audit/verify-chain.ts";
import { initialise } from "../../../lib/services/initialise.ts";
import { perform } from "../../../lib/services/perform.ts";
import { runOnStore } from "../../world/make-store.ts";
import { type Ran, runLastgood } from "../../world/run-lastgood.ts";
import { type MetadataWorld, openMetadataWorld } from "../services/open-metadata-world.ts";

let world: MetadataWorld;
let owner: Awaited<ReturnType<MetadataWorld["contextOf"]>>;
let copy = "";

beforeAll(async () => {
  world = await openMetadataWorld();
  const acme = await world.addNamespace("acme");
  owner = await world.contextOf(await world.addUser("owner@acme.example", { [acme]: "owner" }));
  copy = `${world.data}-copy`;
});
afterAll(async () => {
  rmSync(copy, { recursive: true, force: true });
  await world.close();
});
beforeEach(async () => {
  await metadata().auditEntry.deleteMany();
  rmSync(runtimePaths(world.data).auditAnchors, { force: true });
});

const key = () => auditKeyOf(readFileSync(runtimePaths(world.data).secret, "utf8").trim());
const act = (label: string) =>
  perform(owner, "restore-point.create", { namespace: "acme" }, async ({ note }) =>
    note({ kind: "restore-point", id: label }, { label }),
  );
const anchor = () => anchorLog(runtimePaths(world.data).auditAnchors, key());
const verifyInPlace = () => verifyChain({ batches: readAuditBatches(), keys: [key()], anchors: [] });

/** Entries on PostgreSQL are changed where they are: each test begins with none. */
async function edit(file: string, sql: string): Promise<void> {
  if (process.env.DATABASE_URL) return runOnStore(sql);
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

/** Runs `lastgood audit verify` on a copy in which these statements were run. */
async function verifyCopy(sql: string, args: readonly string[] = []): Promise<ChainReport & { code: number | null }> {
  rmSync(copy, { recursive: true, force: true });
  cpSync(world.data, copy, { recursive: true, filter: (file) => !file.endsWith(".sock") });
  await edit(runtimePaths(copy).metadata, sql);
  const ran: Ran = await runLastgood(["audit", "verify", "--data", copy, "--json", ...args]);
  if (!ran.out.startsWith("{")) throw new Error(ran.err || ran.out);
  return { ...(JSON.parse(ran.out) as ChainReport), code: ran.code };
}

describe("the audit log", () => {
  test("is one chain, also where many write at once, and is proven on the file alone", async () => {
    await Promise.all(Array.from({ length: 40 }, (_, index) => act(`label ${index}`)));
    expect(await verifyInPlace()).toMatchObject({ ok: true, entries: 40 });
    expect(await verifyCopy("")).toMatchObject({ ok: true, code: 0, entries: 40, last: { seq: "40" } });
  });

  test("takes text that a store would change, and still verifies", async () => {
    await act("half a character \ud83d, a NUL \0, bidi \u202e, München 🗄️");
    expect(await verifyCopy("")).toMatchObject({ ok: true, entries: 1 });
  });

  test.each([
    ["edited", `UPDATE "AuditEntry" SET "outcome" = 'denied' WHERE "seq" = 6`, "6", "edited"],
    ["edited in its detail", `UPDATE "AuditEntry" SET "detail" = '{}' WHERE "seq" = 10`, "10", "edited"],
    [
      "edited together with its hash",
      `UPDATE "AuditEntry" SET "hash" = CASE substr("hash", 1, 1) WHEN 'f' THEN '0' ELSE 'f' END || substr("hash", 2) WHERE "seq" = 3`,
      "3",
      "edited",
    ],
    ["deleted", `DELETE FROM "AuditEntry" WHERE "seq" IN (4, 5)`, "4", "missing"],
    ["deleted at the beginning", `DELETE FROM "AuditEntry" WHERE "seq" < 3`, "1", "missing"],
    [
      "deleted and the rest renumbered",
      `DELETE FROM "AuditEntry" WHERE "seq" = 4; UPDATE "AuditEntry" SET "seq" = "seq" - 1 WHERE "seq" > 4`,
      "4",
      "edited",
    ],
    [
      "exchanged with another",
      `UPDATE "AuditEntry" SET "seq" = 100 WHERE "seq" = 7; UPDATE "AuditEntry" SET "seq" = 7 WHERE "seq" = 8;
       UPDATE "AuditEntry" SET "seq" = 8 WHERE "seq" = 100`,
      "7",
      "edited",
    ],
    ["cut off", `DELETE FROM "AuditEntry" WHERE "seq" > 8`, "9", "truncated"],
    ["all gone", `DELETE FROM "AuditEntry"`, "1", "truncated"],
    [
      "invented at the end",
      `INSERT INTO "AuditEntry" SELECT 13, 'x', "timeMs", "namespaceId", "actorKind", "actorId", "actorName", "action", "outcome",
       "targetKind", "targetId", "address", "requestId", "detail", '' FROM "AuditEntry" WHERE "seq" = 12`,
      "13",
      "unsealed",
    ],
  ])("with entries %s fails the proof, which names the first bad one (case 44)", async (_, sql, seq, what) => {
    for (let index = 0; index < 12; index++) await act(`label ${index}`);
    await anchor();
    const report = await verifyCopy(sql);
    expect(report.finding, JSON.stringify(report)).toMatchObject({ seq });
    expect(what === "edited" ? ["edited", "reordered"] : [what]).toContain(report.finding?.what);
    expect(report).toMatchObject({ ok: false, code: 4 });
  });

  test("that was cut off together with its own anchors is found by an anchor kept elsewhere", async () => {
    for (let index = 0; index < 5; index++) await act(`label ${index}`);
    const kept = await runLastgood(["audit", "anchor", "--data", world.data]);
    expect(kept).toMatchObject({ code: 0, err: "" });
    const file = path.join(world.data, "kept.jsonl");
    writeFileSync(file, kept.out);
    const cut = `DELETE FROM "AuditEntry" WHERE "seq" > 2`;
    expect(await verifyCopy(cut)).toMatchObject({ ok: true, isUnanchored: true });
    expect(await verifyCopy(cut, ["--anchors", file])).toMatchObject({
      ok: false,
      code: 4,
      finding: { seq: "3", what: "truncated" },
    });
  });

  test("is told in words, with the first bad entry and what was still good", async () => {
    for (let index = 0; index < 3; index++) await act(`label ${index}`);
    await verifyCopy(`UPDATE "AuditEntry" SET "actorName" = 'somebody else' WHERE "seq" = 2`);
    const { code, out } = await runLastgood(["audit", "verify", "--data", copy]);
    expect(code).toBe(4);
    expect(out).toContain("First bad entry: 2");
    expect(out).toContain("Good up to entry 1");
    expect(out).toMatch(/entries in [\d.]+ s, \d+ entries\/s/);
  });

  test("is refused to be proven where there is none", async () => {
    for (const args of [["audit"], ["audit", "verify", "more"], ["audit", "verify", "--what"]]) {
      expect((await runLastgood(args)).code, args.join(" ")).toBe(2);
    }
    const { code, err } = await runLastgood(["audit", "verify", "--data", "/nowhere-at-all"]);
    expect(code).toBe(3);
    expect(err).toContain("/nowhere-at-all/secret");
  });
});

describe("anchors", () => {
  test("are written only while there is something new, and for nobody else to read", async () => {
    expect(await anchor()).toBeNull();
    await act("one");
    expect(await anchor()).toMatchObject({ anchor: { seq: "1" } });
    expect(await anchor()).toBeNull();
    await act("two");
    expect(await anchor()).toMatchObject({ anchor: { seq: "2" } });
    expect(statSync(runtimePaths(world.data).auditAnchors).mode & 0o777).toBe(0o600);
    expect(await verifyCopy("")).toMatchObject({ ok: true, anchors: { count: 2 } });
  });

  test("tell at once when the entry they were made for is another one", async () => {
    await act("one");
    await act("two");
    await anchor();
    await metadata().auditEntry.deleteMany({ where: { seq: 2n } });
    expect(await anchor()).toMatchObject({ broken: { seq: "2" } });
    await act("instead");
    expect(await anchor()).toMatchObject({ broken: { seq: "2" } });
    expect(await verifyCopy("")).toMatchObject({ ok: false, finding: { seq: "1", what: "replaced" } });
  });

  test("that a crash tore are cut off by the next one", async () => {
    await act("one");
    await anchor();
    const file = runtimePaths(world.data).auditAnchors;
    writeFileSync(file, `${readFileSync(file, "utf8")}{"version":1,"se`);
    expect(await verifyCopy("")).toMatchObject({ ok: true, anchors: { count: 1 } });
    await act("two");
    await anchor();
    expect(await verifyCopy("")).toMatchObject({ ok: true, anchors: { count: 2 } });
  });
});

test("entries older than the chain are taken into it once, and later nothing is", async () => {
  for (let index = 0; index < 3; index++) await act(`label ${index}`);
  await metadata().auditEntry.updateMany({ data: { hash: "" } });
  await initialise();
  expect(await verifyInPlace()).toMatchObject({ ok: true, entries: 4 });
  expect((await world.auditTrail()).at(-1)).toMatchObject({ action: "audit.chain", detail: '{"olderEntries":3}' });
  await metadata().auditEntry.update({ where: { seq: 2n }, data: { hash: "" } });
  await initialise();
  expect(await verifyInPlace()).toMatchObject({ ok: false, finding: { seq: "2", what: "unsealed" } });
});
