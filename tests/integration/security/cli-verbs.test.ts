import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COMMANDS } from "../../../lib/cli/main.ts";
import { AccessTally } from "../../world/access-tally.ts";
import { runLastgood } from "../../world/run-lastgood.ts";
import { OPEN_VERBS, VERB_ROWS } from "./verb-rows.ts";

/*
 * No verb speaks for anybody: some read files, so that who may is decided by the files' modes; the others ask the console
 * with a token, which they find in a file of this user's. Somebody else gets nothing from any of them.
 */
const tally = new AccessTally("verbs");
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
let data = "";

beforeAll(() => {
  data = mkdtempSync(path.join(tmpdir(), "verbs-"));
  mkdirSync(path.join(data, "history"));
  writeFileSync(path.join(data, "secret"), "s".repeat(43));
  // Whoever is root becomes somebody else; anybody else is locked out like one.
  chmodSync(data, isRoot ? 0o700 : 0o000);
});
afterAll(() => {
  chmodSync(data, 0o700);
  rmSync(data, { recursive: true, force: true });
  tally.count(Object.keys(COMMANDS).length);
  tally.write();
});

test("every verb has a row", () => {
  expect([...Object.keys(VERB_ROWS), ...OPEN_VERBS].toSorted()).toEqual(Object.keys(COMMANDS).toSorted());
});

test.each(Object.keys(VERB_ROWS))("%s gives another user of the machine nothing", async (verb) => {
  const args = VERB_ROWS[verb]?.(data) ?? [];
  const env = { LASTGOOD_CONFIG: path.join(data, "profiles.json"), LASTGOOD_TOKEN: "" };
  const ran = await runLastgood([verb, ...args], isRoot ? { uid: NOBODY, env } : { env });
  tally.refused(verb, "another user of the machine", ran.code === 5 ? 403 : 200);
  expect(ran, ran.err).toMatchObject({ code: 5, out: "" });
});
