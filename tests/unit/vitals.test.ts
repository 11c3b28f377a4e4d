import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { Vitals } from "../../lib/agent/vitals.ts";
import type { CaptureStatus } from "../../lib/domain/capture.ts";
import type { RecoveryWindow } from "../../lib/domain/recovery-window.ts";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";

const databases = Array.from({ length: 10 }, (_, i) => ({ id: `db-${i}` }) as ProtectedDatabase);
const statusOf = ({ id }: ProtectedDatabase) => ({ databaseId: id, state: "protected" }) as CaptureStatus;
const window = { oldest: { timeMs: 5 }, gaps: [{}], damaged: [] } as unknown as RecoveryWindow;

/** An engine that takes 200 ms of its own clock for each window. */
function openVitals(refused: string[] = []) {
  const looked: string[] = [];
  let clockMs = 0;
  const vitals = new Vitals({
    databases: async () => databases,
    engine: {
      status: async (db) => (refused.includes(db.id) ? Promise.reject(new Error("no status")) : statusOf(db)),
      window: async ({ id }) => {
        looked.push(id);
        clockMs += 200;
        if (refused.includes(id)) throw new Error("no window");
        return window;
      },
    },
    data: tmpdir(),
    steadyMs: () => clockMs,
  });
  return { vitals, looked, pass: (ms: number) => (clockMs += ms) };
}

test("one question looks at as many windows as fit into a moment, the next one at the others", async () => {
  const { vitals, looked } = openVitals();
  const first = await vitals.read();
  expect(first.databases).toHaveLength(10);
  expect(first.disk.sizeBytes).toBeGreaterThan(first.disk.freeBytes);
  expect(looked).toEqual(["db-0", "db-1", "db-2", "db-3"]);
  expect(first.databases[0]?.window).toEqual({ oldestMs: 5, gaps: 1, damaged: 0 });
  expect(first.databases[9]?.window).toBeNull();
  await vitals.read();
  const third = await vitals.read();
  expect(looked).toHaveLength(10);
  expect(new Set(looked).size).toBe(10);
  expect(third.databases.every((one) => one.window !== null)).toBe(true);
});

test("a window that was looked at is looked at again only after a while", async () => {
  const { vitals, looked, pass } = openVitals();
  for (let scrape = 0; scrape < 5; scrape++) await vitals.read();
  expect(looked).toHaveLength(10);
  pass(15_000);
  await vitals.read();
  expect(looked).toHaveLength(14);
});

test("a database that cannot be asked is missing, and the others are told", async () => {
  const { vitals } = openVitals(["db-1"]);
  const { databases: told } = await vitals.read();
  expect(told.map(({ status }) => status.databaseId)).not.toContain("db-1");
  expect(told).toHaveLength(9);
});
