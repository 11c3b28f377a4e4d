import { AppliedWorld } from "../applied-world.ts";
import type { Scenario } from "../scenario.ts";

// The tables change their root pages, and the newer state is the smaller one.
const EARLIER = `CREATE TABLE one(v); CREATE TABLE two(v); INSERT INTO one VALUES ('one'); INSERT INTO two VALUES ('two');
  CREATE TABLE many(v); INSERT INTO many VALUES (zeroblob(100000))`;
const SINCE = `DROP TABLE many; DROP TABLE one; DROP TABLE two; CREATE TABLE two(v); CREATE TABLE one(v);
  INSERT INTO one VALUES ('one'); INSERT INTO two VALUES ('two'); VACUUM`;

export const scenario: Scenario = async (folder) => {
  const world = new AppliedWorld(folder, EARLIER, SINCE);
  const ask = world.app.prepare("SELECT v FROM one");
  if (ask.get()?.v !== "one") throw new Error("the table holds its name");
  await world.goBack();
  let read: string;
  try {
    read = String(ask.get()?.v);
  } catch (error) {
    read = String(error);
  }
  if (read !== "one") return `a connection that was open all the time reads ${read} from table one`;
  const check = world.fresh("PRAGMA integrity_check");
  if (check !== "ok") return `integrity_check says ${String(check)}`;
  const pages = world.fresh("PRAGMA page_count");
  return Number(pages) > 20 ? null : `the database has ${String(pages)} pages`;
};
