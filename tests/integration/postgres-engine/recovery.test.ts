import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KeptBase } from "../../../lib/engines/postgres/bases/base-record.ts";
import { RecoveredProcess } from "../../../lib/engines/postgres/recovery/recovered-process.ts";
import { askRestored, RawCluster, type RawCommit } from "../../world/raw-cluster.ts";

let cluster: RawCluster;
let base: KeptBase;
const commits: RawCommit[] = [];

beforeAll(async () => {
  cluster = await RawCluster.start();
  await cluster.commit("CREATE TABLE rows (id int PRIMARY KEY)");
  base = await cluster.base();
  for (let id = 1; id <= 5; id++) commits.push(await cluster.commit(`INSERT INTO rows VALUES (${id})`));
});
afterAll(() => cluster.remove());

const rowsOf = async (server: Parameters<typeof askRestored>[0]) =>
  (await askRestored<{ id: number }>(server, "SELECT id FROM rows ORDER BY id")).map(({ id }) => id);

function nth(index: number): RawCommit {
  const found = commits[index];
  if (!found) throw new Error("no such commit");
  return found;
}

/** PostgreSQL's programs, of which initdb notes what it is asked for and the state of the cluster then, before it does `what`. */
function tracedPrograms(name: string, what: string) {
  const folder = path.join(cluster.folder, name);
  const real = cluster.programs.folder;
  const notes = path.join(cluster.folder, `${name}.notes`);
  mkdirSync(folder);
  for (const one of readdirSync(real)) if (one !== "initdb") symlinkSync(path.join(real, one), path.join(folder, one));
  const state = `"${real}/pg_controldata" "$3" | sed -n 's/^Database cluster state: *//p'`;
  const script = `#!/bin/sh\nreal="${real}/initdb"\necho "$(${state})" "$@" >> "${notes}"\n${what}\n`;
  writeFileSync(path.join(folder, "initdb"), script, { mode: 0o755 });
  writeFileSync(notes, "", { mode: 0o666 });
  chmodSync(notes, 0o666);
  return { programs: { ...cluster.programs, folder }, said: () => readFileSync(notes, "utf8") };
}

describe("a recovery", () => {
  it.each([0, 4])("brings back exactly what was committed up to commit %i", async (index) => {
    const commit = commits[index];
    if (!commit) throw new Error("no such commit");
    const server = await cluster.recover(cluster.planOf(base, commit));
    try {
      expect(await rowsOf(server)).toEqual([1, 2, 3, 4, 5].slice(0, index + 1));
    } finally {
      await server.discard();
    }
    expect(existsSync(server.directory)).toBe(false);
  });

  it("of a base's own state has exactly that", async () => {
    const server = await cluster.recover(cluster.planOf(base, "immediate"));
    try {
      expect(await rowsOf(server)).toEqual([]);
    } finally {
      await server.discard();
    }
  });

  it("whose server is ended before it hears of signals ends", async () => {
    const server = await cluster.recover(cluster.planOf(base, "immediate"), { purpose: "lasting" });
    await server.stop();
    const again = new RecoveredProcess(cluster.programs, server.directory, [
      ["unix_socket_directories", path.dirname(server.directory)],
      ["listen_addresses", ""],
    ]);
    await again.end("QUIT");
    expect(again.isOver).toBe(true);
    await server.discard();
  });

  it("that is to last is on the disk once it is stopped, or it is told; what is thrown away need not be", async () => {
    const failing = tracedPrograms("failing", "exit 1");
    const server = await cluster.recover(cluster.planOf(base, nth(2)), {
      purpose: "lasting",
      programs: failing.programs,
    });
    await expect(server.stop()).rejects.toMatchObject({
      code: "restore_failed",
      message: expect.stringContaining("could not be written to the disk"),
    });
    await server.discard();
    const { programs, said } = tracedPrograms("traced", 'exec "$real" "$@"');
    const lasting = await cluster.recover(cluster.planOf(base, nth(2)), { purpose: "lasting", programs });
    expect(said()).toBe("");
    await lasting.stop();
    await lasting.discard();
    const written = `shut down --sync-only --pgdata ${lasting.directory}\n`;
    expect(said()).toBe(written);
    const throwaway = await cluster.recover(cluster.planOf(base, nth(2)), { programs });
    await throwaway.stop();
    await throwaway.discard();
    expect(said()).toBe(written);
  });

  it("that is to last is stopped cleanly with its log from the fork on, and nothing of its recovery", async () => {
    const [, , third] = commits;
    if (!third) throw new Error("no such commit");
    const server = await cluster.recover(cluster.planOf(base, third), { purpose: "lasting", slot: "next" });
    try {
      await server.stop();
      expect(server.timeline).toBe(2);
      expect(readdirSync(path.join(server.directory, "pg_replslot"))).toEqual(["next"]);
      expect(existsSync(path.join(server.directory, "recovery.signal"))).toBe(false);
    } finally {
      await server.discard();
    }
  });
});
