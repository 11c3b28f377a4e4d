import { execFileSync } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import { readClusterHistory } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { AttachedWorld } from "../../world/attached-world.ts";
import type { RuleBreak } from "../sqlite/rules/rule-breaks.ts";

const BREAK_RULE = pathToFileURL(path.join(import.meta.dirname, "../sqlite/rules/break-rule.ts")).href;
const UNPROVEN: RuleBreak = {
  file: "lib/engines/postgres/receiver/log-receiver.ts",
  from: "(await this.#order.findSetBack?.()) ?? null",
  to: "null",
};

/** Beyond what was received of the log that it takes the place of. */
const LONG = "SELECT pg_logical_emit_message(false, 'somebody', repeat('x', 20000))";

let attached: AttachedWorld;
beforeAll(async () => {
  attached = await AttachedWorld.start("process");
  await attached.run("CREATE TABLE words (word text)");
  await attached.attach();
}, 120_000);
afterAll(() => attached.close());

const current = () => attached.world.engine.current(attached.db);
const stateAt = async (bookmark: Bookmark): Promise<string> => {
  const sql = "SELECT word FROM words ORDER BY 1";
  const answer = await attached.world.engine.view(attached.db, { bookmark }, { sql });
  return answer.results.flatMap(({ results }) => results.map(({ word }) => word)).join(" ");
};

/** Sets the server back to a snapshot of its disk, after one more commit was received than the snapshot has. */
async function setBack(
  writes: string,
  breaks: readonly RuleBreak[] = [],
): Promise<{ before: Bookmark; lost: Bookmark }> {
  const { world, server, db } = attached;
  await attached.run("TRUNCATE words; INSERT INTO words VALUES ('first')");
  const before = (await current()).bookmark;
  const data = await dataDirectory();
  await server.crash();
  execFileSync("cp", ["-a", data, `${data}.snapshot`]);
  await server.restart();
  await world.until(db, ({ cluster }) => cluster?.receiver === "streaming");
  await attached.run("INSERT INTO words VALUES ('olden')");
  const lost = (await current()).bookmark;
  await world.killReceiver();
  await server.crash();
  execFileSync("rm", ["-rf", data]);
  execFileSync("mv", [`${data}.snapshot`, data]);
  await server.restart();
  if (writes) await attached.run(writes);
  await world.startReceiver({
    NODE_OPTIONS: `--import ${BREAK_RULE}`,
    LASTGOOD_TEST_BREAK: JSON.stringify(breaks),
  });
  return { before, lost };
}

async function dataDirectory(): Promise<string> {
  const client = new pg.Client({ connectionString: attached.server.url() });
  await client.connect();
  try {
    return (await client.query<{ data_directory: string }>("SHOW data_directory")).rows[0]?.data_directory ?? "";
  } finally {
    await client.end();
  }
}

describe("an attached server that was set back from outside", () => {
  it.each([
    [2, "stands before what was received", "", /its log ends at/],
    [3, "has written other log since", `INSERT INTO words VALUES ('newer'); ${LONG}`, /its log is another one from/],
  ])("is a gap that is told, with past %i behind it, where it %s", async (number, _what, writes, reason) => {
    const { before, lost } = await setBack(writes);
    const { world, db } = attached;
    await world.until(db, ({ state }) => state === "protected");
    const history = readClusterHistory(world.places(db).history);
    expect(history?.incarnations.at(-1)).toMatchObject({ number, parent: null });
    expect(history?.gaps.at(-1)?.reason).toMatch(reason);
    // What was received before is there to the last commit, also what the server has lost.
    expect(await stateAt(before)).toBe("first");
    expect(await stateAt(lost)).toBe("first olden");
    await attached.run("INSERT INTO words VALUES ('later')");
    expect(await stateAt((await current()).bookmark)).toBe(writes ? "first later newer" : "first later");
    const window = await world.engine.window(db);
    expect(window.damaged).toEqual([]);
    expect(window.gaps.at(-1)?.reason).toMatch(reason);
    expect(await attached.run("SELECT count(*) AS n FROM pg_replication_slots")).toEqual([{ n: "1" }]);
  });

  it("would take the place of what was received, if nobody asked whether it goes on (control)", async () => {
    const { lost } = await setBack(`INSERT INTO words VALUES ('newer'); ${LONG}`, [UNPROVEN]);
    const { world, db } = attached;
    await world.until(db, ({ cluster }) => cluster?.receiver === "streaming");
    const words = await current()
      .then(() => stateAt(lost))
      .catch(String);
    expect(words).not.toBe("first olden");
  });
});
