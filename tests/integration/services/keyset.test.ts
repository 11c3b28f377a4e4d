import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { pageRestorePoints } from "../../../lib/services/restore-points/list-restore-points.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

const LABELS = 100_000;
let world: MetadataWorld;
let owner: CallContext;
let databaseId: string;

beforeAll(async () => {
  world = await openMetadataWorld();
  const acme = await world.addNamespace("acme");
  owner = await world.contextOf(await world.addUser("owner@acme.example", { [acme]: "owner" }));
  databaseId = await world.addDatabase(acme, "shop");
  // Many of one time: the id orders them.
  await metadata().$executeRaw`
    INSERT INTO "RestorePoint" ("id", "databaseId", "label", "kind", "createdAtMs")
    WITH RECURSIVE counted(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM counted WHERE i < 99999)
    SELECT '00000000-0000-4000-8000-' || CAST(100000000000 + i AS TEXT), ${databaseId}, 'label', 'pitr', (i / 2500) * 2500
    FROM counted`;
});
afterAll(() => world.close());

const label = (text: string) => ({ id: randomUUID(), databaseId, label: text, kind: "pitr", createdAtMs: 0n });
const page = (after?: string, limit?: number) =>
  pageRestorePoints(owner, { namespace: "acme", database: "shop", after, limit });

test("a hundred thousand labels are read page by page, each once, while others are made and deleted", async () => {
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const { snapshots, next } = await page(after);
    expect(snapshots.length).toBeLessThanOrEqual(1000);
    seen.push(...snapshots.map(({ id }) => id));
    // One that is newer than all, and the last one of the page goes: the cursor is no row.
    await metadata().restorePoint.create({ data: { ...label("later"), createdAtMs: BigInt(Date.now()) } });
    await metadata().restorePoint.delete({ where: { id: snapshots.at(-1)?.id ?? "" } });
    after = next ?? undefined;
  } while (after !== undefined);
  expect(seen).toHaveLength(LABELS);
  expect(new Set(seen).size).toBe(LABELS);
});

test("a page is as long as asked for, and the newest come first", async () => {
  const first = await page(undefined, 7);
  expect(first.snapshots).toHaveLength(7);
  const times = first.snapshots.map(({ createdAtMs }) => createdAtMs);
  expect(times).toEqual([...times].sort((a, b) => b - a));
  const second = await page(first.next ?? undefined, 7);
  expect(second.snapshots.map(({ id }) => id)).not.toContain(first.snapshots.at(-1)?.id);
});

test.each(["", "x", "1_2", `1_${"a".repeat(36)}`, "99999999999999999999_00000000-0000-4000-8000-000000000000"])(
  "the cursor %j is refused",
  async (after) => expect(await refusalCode(page(after))).toBe("invalid_input"),
);
