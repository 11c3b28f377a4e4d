import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { getTier } from "../../../lib/services/namespaces/get-tier.ts";
import { runLastgood } from "../../world/run-lastgood.ts";
import { type MetadataWorld, openMetadataWorld } from "../services/open-metadata-world.ts";

let world: MetadataWorld;
let owner: CallContext;
let acme = "";

beforeAll(async () => {
  world = await openMetadataWorld();
  acme = await world.addNamespace("acme");
  owner = await world.contextOf(await world.addUser("ada@acme.example", { [acme]: "owner" }));
});
afterAll(() => world.close());
afterEach(() => {
  delete process.env.LASTGOOD_TIERS;
});

const tier = (...args: string[]) => runLastgood(["tier", "--data", world.data, "--json", ...args]);

test("a namespace's tier is set on the machine itself, counts from the next question on, and the audit log tells", async () => {
  const set = await tier("--namespace", "acme", "--set", "small");
  expect(set, set.err).toMatchObject({ code: 0 });
  expect(JSON.parse(set.out)).toMatchObject({ namespace: "acme", tier: "small", before: null });
  const listed = await tier();
  expect(JSON.parse(listed.out)).toMatchObject({ namespaces: [{ namespace: "acme", tier: "small" }] });
  process.env.LASTGOOD_TIERS = "on";
  expect(await getTier(owner, { namespace: "acme" })).toEqual({ tier: "small", windowDays: 7 });
  process.env.LASTGOOD_TIERS = "off";
  expect(await getTier(owner, { namespace: "acme" })).toBeNull();
  const entry = (await world.auditTrail()).find(({ action }) => action === "namespace.tier");
  expect(entry).toMatchObject({ outcome: "done", actorKind: "system", targetId: acme, namespaceId: acme });
  process.env.LASTGOOD_TIERS = "on";
  await tier("--namespace", "acme", "--set", "free");
  expect(await getTier(owner, { namespace: "acme" })).toEqual({ tier: "free", windowDays: null });
});

test("an unknown namespace or tier changes nothing, and a mistyped folder does not become an installation", async () => {
  expect(await tier("--namespace", "nobody", "--set", "small")).toMatchObject({ code: 3 });
  expect(await tier("--namespace", "acme", "--set", "huge")).toMatchObject({ code: 2 });
  expect(await tier("--namespace", "acme")).toMatchObject({ code: 2 });
  const elsewhere = path.join(world.data, "elsewhere");
  expect(await runLastgood(["tier", "--data", elsewhere])).toMatchObject({ code: 3 });
  expect(existsSync(elsewhere)).toBe(false);
  expect(JSON.parse((await tier()).out)).toMatchObject({ namespaces: [{ namespace: "acme" }] });
});
