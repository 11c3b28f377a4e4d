import { afterAll, beforeAll, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { parseBackupBlock } from "../../../lib/domain/backup-block.ts";
import { findBlockDatabase } from "../../../lib/services/backup-block/find-block-database.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

const UNNAMED = parseBackupBlock(JSON.stringify({ backup: { enabled: true } }), "backup.json");
let world: MetadataWorld;

beforeAll(async () => {
  world = await openMetadataWorld();
});
afterAll(() => world.close());

test("a block that names no database never moves to another namespace's when its own was deleted", async () => {
  const [acme, other] = [await world.addNamespace("acme"), await world.addNamespace("other")];
  const shop = await world.addDatabase(acme, "shop");
  expect(await findBlockDatabase(metadata(), UNNAMED)).toEqual({ namespace: acme, database: shop });
  const ledger = await world.addDatabase(other, "ledger");
  await metadata().database.update({ where: { id: shop }, data: { deletedAtMs: BigInt(Date.now()), nameKey: null } });
  await expect(findBlockDatabase(metadata(), UNNAMED)).rejects.toMatchObject({ code: "conflict" });
  const named = parseBackupBlock(
    JSON.stringify({ backup: { enabled: true, database: "other/ledger" } }),
    "backup.json",
  );
  expect(await findBlockDatabase(metadata(), named)).toEqual({ namespace: other, database: ledger });
});
