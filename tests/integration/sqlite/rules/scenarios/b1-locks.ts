import { SqlSession } from "../../../../world/sql-session.ts";
import { AppliedWorld } from "../applied-world.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = async (folder) => {
  const world = new AppliedWorld(folder, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)", "INSERT INTO t VALUES (1, 1)");
  const other = await SqlSession.open(world.file);
  await other.sql("pragma busy_timeout = 0");
  let hasTheLock = false;
  await world.goBack(async () => {
    try {
      await other.sql("begin immediate", "rollback");
      hasTheLock = true;
    } catch (error) {
      if (!String(error).includes("locked")) throw error;
    }
  });
  other.kill();
  return hasTheLock ? "another process got the write lock while a restore held it" : null;
};
