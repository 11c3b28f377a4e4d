import { existsSync } from "node:fs";
import path from "node:path";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KeptBase } from "../../../../lib/engines/postgres/bases/base-record.ts";
import { makeClusterFolder } from "../../../../lib/engines/postgres/recovery/cluster-folder.ts";
import { askRestored, RawCluster, type RawCommit } from "../../../world/raw-cluster.ts";
import { recoverBlindly, untilTrue } from "../../../world/recover-blindly.ts";

/** What a restored copy must not take over from its original, with a control for each. */
let cluster: RawCluster;
let base: KeptBase;
let target: RawCommit;

const COUNT = "SELECT count(*)::int AS count FROM rows";

beforeAll(async () => {
  cluster = await RawCluster.start(["max_connections=150", "max_prepared_transactions=20"]);
  await cluster.sql("CREATE TABLE rows AS SELECT generate_series(1, 7) AS id");
  await cluster.sql(`CREATE PUBLICATION everything FOR ALL TABLES`);
  for (const setting of [
    `archive_command = 'touch "${cluster.folder}/data/archived"'`,
    "archive_mode = 'on'",
    "shared_preload_libraries = 'not_on_this_machine'",
    "session_preload_libraries = 'not_on_this_machine'",
    "recovery_target_time = '2020-01-01'",
    "primary_conninfo = 'host=127.0.0.1 port=1'",
    "listen_addresses = '*'",
  ]) {
    await cluster.sql(`ALTER SYSTEM SET ${setting}`);
  }
  await cluster.sql("ALTER SYSTEM SET synchronous_standby_names = 'ghost'");
  base = await cluster.base();
});
afterAll(() => cluster.remove());

describe("a copy with fewer connections than its original", () => {
  it("is recovered, since nobody may look while it is", async () => {
    target = await cluster.commit("INSERT INTO rows VALUES (8)");
    const server = await cluster.recover(cluster.planOf(base, target));
    try {
      expect(await askRestored(server, COUNT)).toEqual([{ count: 8 }]);
    } finally {
      await server.discard();
    }
  });

  it("does not even begin where it may be looked at (control)", async () => {
    const failed = await recoverBlindly(
      cluster,
      base,
      {
        settings: [
          ["recovery_target_lsn", target.lsn],
          ["hot_standby", "on"],
        ],
      },
      async () => "recovered",
    );
    expect(failed).toEqual({ failure: expect.stringContaining("insufficient parameter settings") });
  });
});

describe("a table that was being truncated at the moment", () => {
  let during: RawCommit;
  const holdTruncate = async () => {
    const client = await cluster.client();
    try {
      await client.query("BEGIN; TRUNCATE rows");
      await cluster.sql("CHECKPOINT");
      during = await cluster.commit("SELECT pg_logical_emit_message(true, 'lastgood', 'during')");
    } finally {
      await client.end();
    }
  };

  it("can be read in a copy, which is promoted", async () => {
    await holdTruncate();
    const server = await cluster.recover(cluster.planOf(base, during));
    try {
      expect(await askRestored(server, COUNT)).toEqual([{ count: 8 }]);
    } finally {
      await server.discard();
    }
  });

  it("cannot be read where recovery only pauses (control)", async () => {
    const paused = [
      ["recovery_target_lsn", during.lsn],
      ["recovery_target_action", "pause"],
      ["hot_standby", "on"],
      ["max_connections", "150"],
      ["max_wal_senders", "10"],
      ["wal_level", "replica"],
    ] as const;
    const until = (connect: () => Promise<pg.Client>) =>
      untilTrue(connect, "SELECT pg_get_wal_replay_pause_state() = 'paused' AS yes");
    const failed = await recoverBlindly(cluster, base, { settings: paused, until }, async (client) => {
      await client.query("SET statement_timeout = 400");
      return (await client.query(COUNT)).rows;
    });
    expect(failed).toEqual({ failure: expect.stringContaining("statement timeout") });
  });
});

describe("a tablespace that was made after the base", () => {
  let made: RawCommit;

  it("ends a recovery before a copy can write into the files of its original", async () => {
    const elsewhere = path.join(cluster.folder, "elsewhere");
    makeClusterFolder(elsewhere, elsewhere);
    await cluster.sql(`CREATE TABLESPACE elsewhere LOCATION '${elsewhere}'`);
    made = await cluster.commit("CREATE TABLE there TABLESPACE elsewhere AS SELECT 1 AS a");
    await expect(cluster.recover(cluster.planOf(base, made))).rejects.toMatchObject({
      code: "restore_failed",
      message: expect.stringContaining("tablespace"),
    });
  });

  it("is used by both at once where nothing keeps a copy from it (control)", async () => {
    const there = "SELECT pg_tablespace_location(oid) AS place FROM pg_tablespace WHERE spcname = 'elsewhere'";
    const said = await recoverBlindly(
      cluster,
      base,
      { settings: [["recovery_target_lsn", made.lsn]] },
      async (client) => (await client.query(there)).rows,
    );
    expect(said).toEqual({ answer: [{ place: path.join(cluster.folder, "elsewhere") }] });
  });
});

describe("what the original is set to", () => {
  it("does not count in a copy that will serve: it archives nowhere, waits for nobody, loads nothing", async () => {
    const server = await cluster.recover(cluster.planOf(base, target), { purpose: "lasting" });
    try {
      const names = ["archive_mode", "synchronous_standby_names", "shared_preload_libraries", "listen_addresses"];
      const settings = await askRestored(
        server,
        `SELECT name, setting FROM pg_settings WHERE name = ANY('{${[...names, "max_logical_replication_workers", "fsync"]}}') ORDER BY 1`,
      );
      expect(settings).toEqual([
        { name: "archive_mode", setting: "off" },
        { name: "fsync", setting: "off" },
        { name: "listen_addresses", setting: "" },
        { name: "max_logical_replication_workers", setting: "0" },
        { name: "shared_preload_libraries", setting: "" },
        { name: "synchronous_standby_names", setting: "" },
      ]);
      await askRestored(server, "CREATE TABLE written AS SELECT 1; SELECT pg_switch_wal(); CHECKPOINT");
      await server.stop();
      expect(existsSync(path.join(cluster.folder, "data", "archived"))).toBe(false);
    } finally {
      await server.discard();
    }
  });

  it("keeps a copy from starting that takes it over (control)", async () => {
    const bare = (socket: string) =>
      [
        ["listen_addresses", ""],
        ["unix_socket_directories", socket],
      ] as const;
    const failed = await recoverBlindly(
      cluster,
      base,
      { settings: [["recovery_target_lsn", target.lsn]], instead: bare },
      async () => "recovered",
    );
    expect(failed).toEqual({ failure: expect.stringMatching(/not_on_this_machine|multiple recovery targets/) });
  });
});
