import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { readClusterHistory, writeClusterHistory } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { swapCluster } from "../../../lib/engines/postgres/receiver/swap-cluster.ts";
import type { SwapHands } from "../../../lib/engines/postgres/receiver/swap-hands.ts";

const root = mkdtempSync(path.join(tmpdir(), "swap-known-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("refuses a restore that the history has already where its journal is not here", async () => {
  const history = path.join(root, "history");
  const from = path.join(root, "work", "ready");
  for (const folder of [history, from]) mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(from, "PG_VERSION"), "17\n");
  const stretch = { timeline: 1, startedAtMs: 1, startLsn: "0/1000000", endedAtMs: null, endLsn: null };
  const past = {
    version: 1 as const,
    databaseId: "till",
    tag: "0123456789abcdef",
    systemIdentifier: "7",
    serverVersion: 17,
    segmentBytes: 16_777_216,
    superuser: "lastgood",
    incarnations: [{ number: 1, parent: null, timeline: 1, slot: "one", createdAtMs: 1 }],
    stretches: [{ activation: 1, incarnation: 1, ...stretch, restoreId: "done", origin: null }],
    gaps: [],
  };
  writeClusterHistory(history, past);
  // No server and no programs: whatever is asked of them is an error of another kind.
  const hands = { places: { root, history, live: path.join(root, "live") }, programs: null } as unknown as SwapHands;
  const order = { database: "till", from, origin: "-", parent: null, timeline: 1 };
  await expect(swapCluster(hands, { ...order, restoreId: "done" })).rejects.toMatchObject({
    code: "restore_failed",
    message: expect.stringContaining("the history has this restore already"),
    details: { outcome: "nothing" },
  });
  await expect(swapCluster(hands, { ...order, restoreId: "other" })).rejects.not.toMatchObject({
    message: expect.stringContaining("the history has this restore already"),
  });
  expect(readClusterHistory(history)).toEqual(past);
  expect(existsSync(from)).toBe(true);
});
