import { cpSync } from "node:fs";
import path from "node:path";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LastgoodError } from "../../../../lib/domain/errors.ts";
import type { KeptBase } from "../../../../lib/engines/postgres/bases/base-record.ts";
import { runProgram } from "../../../../lib/engines/postgres/programs/run-program.ts";
import type { RecoveryPlan } from "../../../../lib/engines/postgres/recovery/recovery-plan.ts";
import type { ServerSettings } from "../../../../lib/engines/postgres/recovery/recovery-settings.ts";
import { askRestored, RawCluster, type RawCommit, walOf } from "../../../world/raw-cluster.ts";
import { recoverBlindly } from "../../../world/recover-blindly.ts";

/** Where a recovery ends: each trap with what we do, and as a control what happens to those who do not. */
let cluster: RawCluster;
let base: KeptBase;
/** Commits of the rows 1 to 4; 1 lies before the base. */
const commits: RawCommit[] = [];
/** The server's clock, microseconds and offset, after each of them. */
const clocks: string[] = [];
let marker: RawCommit;
/** The received log as it was before the marker. */
let beforeMarker: string;

beforeAll(async () => {
  cluster = await RawCluster.start();
  await cluster.sql("CREATE TABLE rows (id int PRIMARY KEY)");
  await insert(1);
  base = await cluster.base();
  for (const id of [2, 3, 4]) await insert(id);
  // Whole segments can be looked into as they lie.
  await cluster.sql("SELECT pg_switch_wal()");
  await cluster.sql("SELECT pg_create_restore_point('before_migration')");
  clocks.push(await clock());
  await cluster.received();
  beforeMarker = path.join(cluster.folder, "before-marker");
  cpSync(cluster.wal, beforeMarker, { recursive: true });
  marker = await cluster.commit("SELECT pg_logical_emit_message(true, 'lastgood', 'before_migration')");
});
afterAll(() => cluster.remove());

async function insert(id: number): Promise<void> {
  commits.push(await cluster.commit(`INSERT INTO rows VALUES (${id})`));
  clocks.push(await clock());
}

async function clock(): Promise<string> {
  const [row] = await cluster.sql<{ at: string }>("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::text || '+00' AS at");
  return row?.at ?? "";
}

function nth<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error("there is none");
  return found;
}

const idsOf = async (client: pg.Client) =>
  (await client.query<{ id: number }>("SELECT id FROM rows ORDER BY id")).rows.map(({ id }) => id);
const blindly = (settings: ServerSettings) =>
  recoverBlindly(cluster, base, { settings: [["recovery_target_timeline", "1"], ...settings] }, idsOf);

async function reached(plan: RecoveryPlan): Promise<number[]> {
  const server = await cluster.recover(plan);
  try {
    return (await askRestored<{ id: number }>(server, "SELECT id FROM rows ORDER BY id")).map(({ id }) => id);
  } finally {
    await server.discard();
  }
}

const refusal = async (plan: RecoveryPlan) => {
  const error = await reached(plan).then(
    (rows) => rows,
    (reason: unknown) => reason,
  );
  return error instanceof LastgoodError ? error.message : error;
};

describe("a moment after the last commit", () => {
  it("is that commit: everything is there", async () => {
    expect(await reached(cluster.planOf(base, nth(commits, 3)))).toEqual([1, 2, 3, 4]);
  });

  it("as a time cannot be reached (control)", async () => {
    const future = [["recovery_target_time", "2099-01-01 00:00:00.000000+00"]] as const;
    expect(await blindly(future)).toEqual({ failure: expect.stringContaining("recovery ended before configured") });
  });
});

describe("a marked moment", () => {
  it("is the commit of a message of ours", async () => {
    expect(await reached(cluster.planOf(base, marker))).toEqual([1, 2, 3, 4]);
  });

  it("is none for a recovery up to a time when only a restore point of PostgreSQL follows (control)", async () => {
    const settings = [["recovery_target_time", nth(clocks, 4)]] as const;
    const upToMessage = await recoverBlindly(
      cluster,
      base,
      { settings: [["recovery_target_timeline", "1"], ...settings], wal: walOf(beforeMarker) },
      idsOf,
    );
    expect(upToMessage).toEqual({ failure: expect.stringContaining("recovery ended before configured") });
  });
});

describe("a moment older than the base", () => {
  it("is refused for this base", async () => {
    expect(await refusal(cluster.planOf(base, nth(commits, 0)))).toContain("before the base's end");
  });

  it("as a time is answered with a later state, without a word (control)", async () => {
    expect(await blindly([["recovery_target_time", "2020-01-01 00:00:00.000000+00"]])).toEqual({ answer: [1] });
  });
});

describe("the position up to which log was written", () => {
  it("is not what is aimed at: a commit's own record is", async () => {
    expect(await reached(cluster.planOf(base, marker))).toEqual([1, 2, 3, 4]);
  });

  it("cannot be reached (control)", async () => {
    const [here] = await cluster.sql<{ lsn: string }>("SELECT pg_current_wal_flush_lsn()::text AS lsn");
    const failed = await blindly([["recovery_target_lsn", here?.lsn ?? ""]]);
    expect(failed).toEqual({ failure: expect.stringContaining("recovery ended before configured") });
  });

  it("that is no commit's is found out after the recovery", async () => {
    const third = nth(commits, 2);
    const between = { ...third, lsn: third.lsn.replace(/.$/, (digit) => (digit === "9" ? "A" : "9")) };
    expect(await refusal(cluster.planOf(base, between))).toContain("not the wanted one");
  });
});

describe("an empty position", () => {
  it("is refused", async () => {
    expect(await refusal(cluster.planOf(base, { lsn: "", timeMs: 0 }))).toContain('the position ""');
  });

  it("silently means the latest state (control)", async () => {
    expect(await blindly([["recovery_target_lsn", ""]])).toEqual({ answer: [1, 2, 3, 4] });
  });
});

describe("times of commits", () => {
  const timesIn = async (zone: string | null) => {
    const order = { programs: cluster.programs, name: "pg_waldump", cwd: cluster.wal };
    const args = ["--rmgr=Transaction", "--path=.", `--start=${nth(commits, 1).lsn}`, "--limit=1"];
    const { output } = await runProgram({ ...order, args, ...(zone ? { env: { TZ: zone } } : null) });
    return /COMMIT (\S+ \S+ \S+)/.exec(output)?.[1];
  };
  const written = () => nth(commits, 1).timeMs;

  it("are read in UTC, whatever the zone of this machine is", async () => {
    const former = process.env.TZ;
    process.env.TZ = "America/New_York";
    try {
      const said = await timesIn(null);
      expect(said?.endsWith(" UTC")).toBe(true);
      expect(Date.parse(`${said?.replace(" UTC", "Z").replace(" ", "T")}`)).toBe(written());
    } finally {
      if (former === undefined) delete process.env.TZ;
      else process.env.TZ = former;
    }
  });

  it("read without their zone are other instants, and recover another state (control)", async () => {
    const said = await timesIn("America/New_York");
    expect(Date.parse(`${said?.replace(/ \w+$/, "Z").replace(" ", "T")}`)).not.toBe(written());
    const exact = nth(clocks, 2);
    const withOffset = await blindly([["recovery_target_time", exact]]);
    const without = await blindly([
      ["recovery_target_time", exact.replace("+00", "")],
      ["timezone", "Pacific/Auckland"],
    ]);
    expect(withOffset).toEqual({ answer: [1, 2, 3] });
    expect(without).not.toEqual({ answer: [1, 2, 3] });
  });
});
