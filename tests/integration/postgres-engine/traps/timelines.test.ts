import { cpSync, readdirSync } from "node:fs";
import path from "node:path";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KeptBase } from "../../../../lib/engines/postgres/bases/base-record.ts";
import type { RecoveryPlan, WalSource } from "../../../../lib/engines/postgres/recovery/recovery-plan.ts";
import { askRestored, RawCluster, type RawCommit, walOf } from "../../../world/raw-cluster.ts";
import { recoverBlindly } from "../../../world/recover-blindly.ts";

/** Restores that have branched a cluster's history, and slots that were lost: each trap with its control. */
let cluster: RawCluster;
let base: KeptBase;
/** The log before the overwrite, of an incarnation; and after it, received from its first segment on or too late. */
let before: string;
let after: string;
let late: string;
/** Timeline 1: row 1, then rows 11 to 13, which the overwrite took back. Timeline 2: row 1, then rows 21 to 23. */
const taken: RawCommit[] = [];
const given: RawCommit[] = [];
const names = (text: string) => readdirSync(text).sort();

beforeAll(async () => {
  cluster = await RawCluster.start();
  before = cluster.wal;
  await cluster.sql("CREATE TABLE rows (id int)");
  base = await cluster.base();
  const first = await cluster.commit("INSERT INTO rows VALUES (1)");
  for (const id of [11, 12]) taken.push(await cluster.commit(`INSERT INTO rows VALUES (${id})`));
  await cluster.sql("SELECT pg_logical_emit_message(true, 'much', repeat('x', 100000))");
  taken.push(await cluster.commit("INSERT INTO rows VALUES (13)"));
  await cluster.sql("SELECT pg_switch_wal()");
  await cluster.commit("SELECT pg_logical_emit_message(true, 'in the next', 'segment')");
  // The overwrite: the state of row 1, made to last, with a slot from its promotion on; then it serves.
  const server = await cluster.recover(cluster.planOf(base, first), { purpose: "lasting", slot: "next" });
  await server.stop();
  await cluster.stopReceiver();
  await cluster.stopServer("INT");
  cluster.data = server.directory;
  await cluster.startServer();
  // It writes and recycles log before anybody receives: a checkpoint may come at any moment.
  for (const id of [21, 22]) await cluster.sql(`INSERT INTO rows VALUES (${id})`);
  for (let turn = 0; turn < 3; turn++) await cluster.sql("SELECT pg_switch_wal(); CHECKPOINT");
  late = path.join(cluster.folder, "wal-late");
  await cluster.receive(late, "late");
  await cluster.received("late");
  await cluster.stopReceiver();
  after = path.join(cluster.folder, "wal-2");
  await cluster.receive(after, "next");
  await cluster.sql("INSERT INTO rows VALUES (23)");
  await cluster.received("next");
  given.push(...(await cluster.commits(after)).filter(({ lsn }) => lsn > server.forkLsn));
});
afterAll(() => cluster.remove());

const idsOf = async (client: pg.Client) =>
  (await client.query<{ id: number }>("SELECT id FROM rows ORDER BY id")).rows.map(({ id }) => id);

async function reached(plan: RecoveryPlan, wal: WalSource): Promise<number[]> {
  const server = await cluster.recover(plan, { wal });
  try {
    return (await askRestored<{ id: number }>(server, "SELECT id FROM rows ORDER BY id")).map(({ id }) => id);
  } finally {
    await server.discard();
  }
}

const last = (list: readonly RawCommit[], back = 1): RawCommit => {
  const found = list.at(-back);
  if (!found) throw new Error("there is none");
  return found;
};

describe("a moment on a branch that was left", () => {
  it("is recovered on its own timeline, by number", async () => {
    expect(await reached(cluster.planOf(base, last(taken)), walOf(before, after))).toEqual([1, 11, 12, 13]);
  });

  it("is another state, without a word, where the latest timeline is followed (control)", async () => {
    const settings = [
      ["recovery_target_timeline", "latest"],
      ["recovery_target_lsn", last(taken, 2).lsn],
    ] as const;
    const said = await recoverBlindly(cluster, base, { settings, wal: walOf(after, before) }, idsOf);
    expect(said).toEqual({ answer: expect.not.arrayContaining([12]) });
  });
});

describe("the segment in which a branch begins", () => {
  it("is received, since a slot holds it from the promotion on", async () => {
    expect(
      names(after).some((name) => name.startsWith("00000002") && name.slice(8) <= (names(late)[0] ?? "").slice(8)),
    ).toBe(true);
    expect(await reached(cluster.planOf(base, last(given), 2), walOf(after, before))).toEqual([1, 21, 22, 23]);
  });

  it("is gone when the slot comes after a checkpoint, and what was taken back comes back without a word (control)", async () => {
    const history = names(after).find((name) => name.endsWith(".history")) ?? "";
    cpSync(path.join(after, history), path.join(late, history));
    const settings = [
      ["recovery_target_timeline", "2"],
      ["recovery_target_lsn", given[0]?.lsn ?? ""],
    ] as const;
    const said = await recoverBlindly(cluster, base, { settings, wal: walOf(late, before) }, idsOf);
    expect(said).toEqual({ answer: expect.arrayContaining([11]) });
  });
});

describe("a receiver after an overwrite", () => {
  it("goes on in a folder and with a slot of its own", async () => {
    const [row] = await cluster.sql("SELECT active FROM pg_replication_slots WHERE slot_name = 'next'");
    expect(row).toEqual({ active: true });
  });

  it("never gets any further in the former folder (control)", async () => {
    const former = path.join(cluster.folder, "wal-former");
    cpSync(before, former, { recursive: true });
    await cluster.sql("SELECT pg_create_physical_replication_slot('former', true)");
    expect(await cluster.receiveOnce(former, "former")).toContain("is not in this server's history");
  });
});

describe("a slot that the server has given up", () => {
  it("is followed by a new one with a new folder and a new base, and moments go on from there", async () => {
    await cluster.sql("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
    await cluster.sql("SELECT pg_reload_conf()");
    await cluster.stopReceiver();
    for (let turn = 0; turn < 6; turn++)
      await cluster.sql("SELECT pg_switch_wal(); SELECT pg_logical_emit_message(true, 'x', 'y')");
    await cluster.sql("CHECKPOINT");
    const [slot] = await cluster.sql("SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'next'");
    expect(slot).toEqual({ wal_status: "lost" });
    await cluster.sql("ALTER SYSTEM RESET max_slot_wal_keep_size");
    await cluster.sql("SELECT pg_reload_conf()");
    const fresh = path.join(cluster.folder, "wal-3");
    await cluster.receive(fresh, "fresh");
    const next = await cluster.base();
    await cluster.sql("INSERT INTO rows VALUES (31)");
    await cluster.received("fresh");
    const commit = last(await cluster.commits(fresh));
    expect(await reached(cluster.planOf(next, commit, 2), walOf(fresh))).toEqual([1, 21, 22, 23, 31]);
  });

  it("lets no receiver go on (control)", async () => {
    expect(await cluster.receiveOnce(path.join(cluster.folder, "wal-lost"), "lost")).toMatch(
      /replication slot|removed/,
    );
  });
});
