import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AttachedWorld } from "../../world/attached-world.ts";

let attached: AttachedWorld;
beforeAll(async () => {
  attached = await AttachedWorld.start();
  await attached.run("CREATE TABLE kept (a int)");
  await attached.attach();
}, 120_000);
afterAll(() => attached.close());

const waitsFor = async () => {
  const rows = await attached.run<{ names: string }>("SELECT current_setting('synchronous_standby_names') AS names");
  return rows[0]?.names;
};
const comesTo = (state: string) =>
  attached.world.until(attached.db, ({ cluster: health }) => health?.zeroLoss === state);
const asSuperuser = () => ({ ...attached.connection, user: "lastgood", password: attached.server.password });

/** The process that receives the log of this world's server. */
function receiverPid(): number {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => {
    try {
      const [program, , folder] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return program?.endsWith("pg_receivewal") && folder?.startsWith(attached.world.data);
    } catch (error) {
      // It has ended meanwhile.
      if (error instanceof Error && "code" in error) return false;
      throw error;
    }
  });
  return Number(found ?? Number.NaN);
}

describe("zero-loss on an attached server", () => {
  it("is told as lifted where Lastgood's role may not make others wait", async () => {
    attached.world.engine.register({ ...attached.db, zeroLoss: true });
    const status = await attached.world.until(
      attached.db,
      ({ problem }) => problem?.cause.includes("Only a superuser may make commits wait") ?? false,
    );
    expect(status.cluster?.zeroLoss).toBe("lifted");
    expect(await waitsFor()).toBe("");
    attached.world.engine.register(attached.db);
    await comesTo("off");
  });

  it("makes commits wait until they are received, where it may", async () => {
    await attached.world.engine.release(attached.db.id, {
      signal: new AbortController().signal,
      progress: () => undefined,
    });
    await attached.attach(asSuperuser());
    attached.world.engine.register({ ...attached.db, zeroLoss: true });
    await comesTo("on");
    expect(await waitsFor()).toMatch(/^"lastgood_/);
    await attached.run("INSERT INTO kept VALUES (1)");
  });

  it("is lifted and told while nothing is received, so that no commit waits for ever", async () => {
    const pid = receiverPid();
    process.kill(pid, "SIGSTOP");
    try {
      // Nothing but the lifting ends this wait.
      await attached.run("INSERT INTO kept VALUES (2)");
      const status = await comesTo("lifted");
      expect(status.problem?.cause).toContain("Commits do not wait for the receiver although zero-loss is on");
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await comesTo("on");
  });

  it("lets go of the server when Lastgood ends in order", async () => {
    await attached.world.receiver?.stop();
    expect(await waitsFor()).toBe("");
    await attached.run("INSERT INTO kept VALUES (3)");
  });
});
