import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { applyPages } from "../../../lib/engines/sqlite/apply/apply-pages.ts";
import { PageSetWriter } from "../../../lib/engines/sqlite/apply/page-set-file.ts";
import { SEED, SHARE, sample } from "./enumerate-faults.ts";
import { beginList, faultyEnvironment, isPlanned, listedCalls, mendDisk, planFault } from "./fault-file.ts";

const PAGE_SIZE = 1024;
const OLD_ROWS = 400;
const NEW_ROWS = 900;
const RESULTS = ["old", "new"] as const;

const folder = mkdtempSync(path.join(tmpdir(), "apply-faults-"));
const plan = path.join(folder, "fault.json");
const template = path.join(folder, "template.db");
const pages = path.join(folder, "pages.set");
let sizeAfterPages = 0;

beforeAll(() => {
  Object.assign(process.env, faultyEnvironment(plan));
  const database = new DatabaseSync(template);
  database.exec(
    `PRAGMA page_size = ${PAGE_SIZE}; PRAGMA journal_mode = WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, v)`,
  );
  const insert = database.prepare("INSERT INTO t VALUES (?, zeroblob(100))");
  for (let id = 1; id <= NEW_ROWS; id++) insert.run(id);
  database.close();
  const image = readFileSync(template);
  sizeAfterPages = image.length / PAGE_SIZE;
  const set = new PageSetWriter(pages, PAGE_SIZE);
  for (let at = 0; at < image.length; at += PAGE_SIZE) set.add(at / PAGE_SIZE + 1, image.subarray(at, at + PAGE_SIZE));
  set.finish();
  const shrunk = new DatabaseSync(template);
  shrunk.exec(`DELETE FROM t WHERE id > ${OLD_ROWS}; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)`);
  shrunk.close();
});
afterAll(() => {
  for (const name of Object.keys(faultyEnvironment(plan))) delete process.env[name];
  rmSync(folder, { recursive: true, force: true });
});

/** One restore of the state with more rows, while an application has the database open. */
class OneApply {
  readonly file: string;
  readonly application: DatabaseSync;
  readonly #intent: string;

  constructor(name: string) {
    this.file = path.join(folder, `${name}.db`);
    this.#intent = `${this.file}.intent`;
    copyFileSync(template, this.file);
    this.application = new DatabaseSync(this.file);
    this.application.exec("UPDATE t SET v = 'x' WHERE id = 1");
  }

  async apply(): Promise<unknown> {
    try {
      const job = { restoreId: "one", databasePath: this.file, intentPath: this.#intent, pagesFile: pages };
      const limits = { cookieFloor: 0, lockTimeoutMs: 10_000, pagesTimeoutMs: 10_000 };
      const run = { signal: new AbortController().signal, progress: () => undefined };
      await applyPages({ ...job, ...limits }, async () => ({ pagesFile: null, sizeAfterPages }), run);
      return null;
    } catch (error) {
      return error;
    }
  }

  /** Wholly old or wholly new, for the application and for a connection that recovers the log anew; else what is wrong. */
  state(): string {
    const rows = Number(this.application.prepare("SELECT count(*) AS n FROM t").get()?.n);
    const check = this.application.prepare("PRAGMA integrity_check").get()?.integrity_check;
    if (check !== "ok") return `damaged: ${String(check)}`;
    return rows === OLD_ROWS ? "old" : rows === NEW_ROWS ? "new" : `half: ${rows} rows`;
  }

  forgetIntent(): void {
    rmSync(this.#intent, { force: true });
    rmSync(`${this.#intent}.partial`, { force: true });
  }
}

/** What is wrong after one fault in the applying process; null: nothing. */
async function tryFault(call: string, about: string, skip: number, code: string, name: string): Promise<string | null> {
  const one = new OneApply(name);
  try {
    const file = `${RegExp.escape(about.replace("counted.db", `${name}.db`))}$`;
    planFault(plan, { call: `^${call}$`, file, skip, code, times: 1 });
    const error = await one.apply();
    if (isPlanned(plan)) return "the call was never reached";
    const state = one.state();
    if (error === null) return state === "new" ? null : `it was told done and the database is ${state}`;
    if (!(error instanceof LastgoodError)) return `not for people: ${String(error)}`;
    const { outcome, hint } = error.details;
    if (!hint || error.message.length < 20) return `no cause or remedy: ${error.message}`;
    if (code === "ENOSPC" && error.code !== "storage_full") return `a full disk is not called so: ${error.message}`;
    if (outcome === "nothing" && state !== "old") return `told that nothing happened, and the database is ${state}`;
    if (!RESULTS.some((known) => known === state)) return state;
    one.forgetIntent();
    const again = await one.apply();
    return again === null && one.state() === "new" ? null : `it cannot be done again: ${String(again)} ${one.state()}`;
  } finally {
    mendDisk(plan);
    one.application.close();
  }
}

/** The calls of a restore that goes well: name, file, how often before. */
async function countCalls(): Promise<{ call: string; about: string; skip: number }[]> {
  const counted = new OneApply("counted");
  beginList(plan);
  expect(await counted.apply()).toBeNull();
  expect(counted.state()).toBe("new");
  const listed = listedCalls(plan);
  rmSync(`${plan}.calls`);
  counted.application.close();
  const before = new Map<string, number>();
  return listed.map((line) => {
    const skip = before.get(line) ?? 0;
    before.set(line, skip + 1);
    const [call = "", about = ""] = line.split(" ");
    return { call, about: path.basename(about), skip };
  });
}

describe(`the process that applies a restore, over a disk that fails (seed ${SEED}, share ${SHARE})`, () => {
  test("whichever call fails, the database is wholly old or wholly new, and its people hear which", {
    timeout: 1_800_000,
  }, async () => {
    const calls = await countCalls();
    expect(calls.length).toBeGreaterThan(15);
    // The turns of a loop are alike: without the whole share its first ones stand for the others.
    const tried = calls.filter(({ skip }) => SHARE >= 1 || skip < 3);
    const faults = tried.flatMap((call) => {
      const codes = /^(write|openSync|ftruncate|f(data)?sync|rename)/.test(call.call) ? ["EIO", "ENOSPC"] : ["EIO"];
      return [...codes, ...(call.call === "writeSync" ? ["SHORT"] : [])].map((code) => ({ ...call, code }));
    });
    const wrong = [];
    for (const [index, fault] of sample(faults, Math.min(1, SHARE * 5), SEED).entries()) {
      const problem = await tryFault(fault.call, fault.about, fault.skip, fault.code, `live-${index}`);
      if (problem) wrong.push(`${fault.call} ${fault.about} #${fault.skip} ${fault.code}: ${problem}`);
    }
    expect(wrong).toEqual([]);
  });
});
