import { readdirSync, readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import type { RestoreAround } from "../../../lib/engines/engine.ts";
import { incarnationFolders } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { RESTORE_PREFIX } from "../../../lib/engines/postgres/history/flush-message.ts";
import { AttachedWorld } from "../../world/attached-world.ts";
import { allArguments, filesWith } from "../../world/find-secret.ts";
import { DAMAGE, NASTY_SCHEMA } from "../../world/nasty-schema.ts";
import { quietRun } from "../../world/sqlite-world.ts";

let attached: AttachedWorld;
/** A state of the past, and what the database was then. */
let then: { bookmark: Bookmark; dumped: string };
beforeAll(async () => {
  attached = await AttachedWorld.start();
  await attached.attach();
  await attached.run(NASTY_SCHEMA);
  // What no log holds is in no state of the past.
  await attached.run("TRUNCATE fleeting");
  then = { bookmark: (await current()).bookmark, dumped: await state() };
  await attached.run(DAMAGE);
}, 120_000);
afterAll(() => attached.close());
afterEach(() => attached.server.run("GRANT app TO mirror"));

const current = () => attached.world.engine.current(attached.db);
const restore = (restoreId: string, to: Bookmark, run = quietRun(), around?: RestoreAround) =>
  attached.world.engine.restore(attached.db, restoreId, to, run, around);
const plan = () => attached.world.engine.plan(attached.db, then.bookmark, null);
const before = (work: () => Promise<void>): RestoreAround => ({
  ...{ holdWritesMs: null, before: work },
  after: () => Promise.resolve(),
});
/** Rows whose place follows from the hash of an enum's value may lie elsewhere after each making. */
const state = async () =>
  (await attached.dump("--exclude-table-data=hashed_*")) +
  JSON.stringify(await attached.run("SELECT m::text, i FROM hashed ORDER BY 1, 2"));
const locks = async () =>
  (await attached.run<{ n: string }>("SELECT count(*) AS n FROM pg_locks WHERE mode = 'AccessExclusiveLock'"))[0]?.n;

describe("a restore in place of an attached server", () => {
  it("says first what it does not bring along", async () => {
    const { way, commits, leavesBehind } = await plan();
    expect({ way, commits }).toEqual({ way: "transfer", commits: 1 });
    expect(leavesBehind).toEqual([
      "Only the database shop goes back: postgres on the same server stay as they are.",
      "Roles, their passwords and memberships, and the settings of database and server stay as they are now.",
      expect.stringMatching(/^Extensions stay in the versions they have now: citext \d.*, hstore \d.*\.$/),
      "Unlogged tables are empty afterwards: public.fleeting.",
      expect.stringContaining("Materialized views are filled anew"),
    ]);
  });

  it("brings everything back as one commit, tells of a write that came after its plan, and its undo has that too", async () => {
    const notes: string[] = [];
    let damaged = "";
    const slip = before(async () => {
      await attached.run("INSERT INTO since VALUES (2)");
      damaged = await state();
    });
    const run = { ...quietRun(), note: (text: string) => notes.push(text) };
    const planned = await current();
    let seen = "";
    const watching = setInterval(() => {
      seen += allArguments();
    }, 25);
    const restored = await attached.world.engine
      .restore(attached.db, "0d8c-named", then.bookmark, run, slip)
      .finally(() => clearInterval(watching));
    // No program is given the server's password, nor is it written anywhere but where it was before.
    expect(seen).toMatch(/pg_dump\0/);
    expect(seen).not.toContain(attached.password);
    const { access } = attached.world.places(attached.db);
    expect(filesWith(attached.world.data, attached.password)).toEqual([access]);
    expect(await state()).toBe(then.dumped);
    expect(notes.join(" ")).toContain("One commit was made while the moment was recovered.");
    const after = await current();
    expect(restored).toMatchObject({ reached: { bookmark: then.bookmark }, restoreBookmark: after.bookmark });
    expect(after.txid).toBe(planned.txid + 2);
    // A repeat of it is answered and does nothing.
    expect(await restore("0d8c-named", then.bookmark)).toMatchObject({ restoreBookmark: after.bookmark });
    await restore("undone", restored.previous.bookmark);
    expect(await state()).toBe(damaged);
    // Whoever reads the log finds the restore by its name.
    const { wal } = incarnationFolders(attached.world.places(attached.db).history, 1);
    const log = Buffer.concat(readdirSync(wal).map((name) => readFileSync(`${wal}/${name}`)));
    expect(log.includes(`${RESTORE_PREFIX}\u00000d8c-named`)).toBe(true);
  });

  it("is refused in words where its role may not write, before anything starts", async () => {
    await attached.server.run("REVOKE app FROM mirror");
    const dumped = await state();
    const refusal = {
      code: "not_supported",
      message: expect.stringMatching(/^mirror may not replace what belongs to app: /),
      details: { outcome: "nothing", hint: expect.stringContaining("GRANT app TO mirror;") },
    };
    await expect(plan()).rejects.toMatchObject(refusal);
    await expect(restore("refused", then.bookmark)).rejects.toMatchObject(refusal);
    expect(await state()).toBe(dumped);
  });

  it("names a role of that moment that is gone", async () => {
    await attached.server.run("CREATE ROLE passing");
    await attached.run("GRANT SELECT ON a TO passing");
    const { bookmark } = await current();
    await attached.server.run("DROP OWNED BY passing; DROP ROLE passing", "shop");
    await expect(restore("gone", bookmark)).rejects.toMatchObject({
      message: "The role passing, which had rights at that moment, is not there any more.",
      details: { outcome: "nothing", hint: expect.stringContaining("CREATE ROLE passing;") },
    });
  });

  it("ends soon where somebody has a table in use, and says who", async () => {
    const reader = await attached.connect();
    await reader.query("BEGIN; SELECT 1 FROM a");
    const dumped = await state();
    await expect(restore("locked", then.bookmark)).rejects.toMatchObject({
      code: "restore_conflict",
      message: expect.stringMatching(/^Process \d+ of app has a table of it in use/),
      details: { outcome: "nothing" },
    });
    await reader.query("ROLLBACK");
    expect(await state()).toBe(dumped);
    expect(await locks()).toBe("0");
  });

  it.each(["amid its writing", "as it would commit"])(
    "leaves nothing of itself when it is cancelled %s",
    async (when) => {
      const dumped = await state();
      const run = quietRun();
      const reason = new Error("somebody cancels");
      const watched = {
        ...run,
        ...(when === "as it would commit" && { goAhead: () => Promise.reject(reason) }),
        note: (text: string) =>
          when === "amid its writing" && text.startsWith("Its tables are locked") && run.cancel(reason),
      };
      await expect(attached.world.engine.restore(attached.db, "cancelled", then.bookmark, watched)).rejects.toThrow(
        "somebody cancels",
      );
      expect(await locks()).toBe("0");
      expect(await state()).toBe(dumped);
      expect(readdirSync(attached.world.places(attached.db).work)).toEqual([]);
    },
  );

  it("is refused for a superuser while functions of others would run with a superuser's rights", async () => {
    const superuser = { ...attached.connection, user: "lastgood", password: attached.server.password };
    await attached.attach(superuser);
    await expect(plan()).rejects.toMatchObject({
      code: "not_supported",
      message: expect.stringMatching(/functions of others run while rows are written: .* of app/),
    });
    await attached.attach();
  });
});
