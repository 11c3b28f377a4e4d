import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withoutCounters } from "../../world/compute-state.ts";
import { askLastgood, type Ran, runLastgood } from "../../world/run-lastgood.ts";
import { SqlSession } from "../../world/sql-session.ts";
import { SqliteWorld } from "../../world/sqlite-world.ts";

type Known = { bookmark: string; timeMs: number; state: Buffer };
type Restored = { ok: boolean; reached: { bookmark: string }; integrity: string[] | null };
type Failed = { ok: false; error: { code: string; message: string; hint: string; newest?: { bookmark: string } } };
type Listed = {
  commits: number;
  oldest: { bookmark: string };
  newest: { bookmark: string; timeMs: number };
  capturedThroughMs: number;
  around?: { bookmark: string; afterGap: boolean }[];
};

const NOBODY = 65_534;
const COMMITS = 90;
/** What each commit left, by its order; the copies come from a program that knows nothing of us. */
const known: Known[] = [];
/** A folder that other users may enter, unlike the run's own temporary one. */
let place: string;
let stored: string;
let listedWhileWritten: Listed;

beforeAll(async () => {
  place = mkdtempSync(path.join(path.dirname(tmpdir()), "lastgood-offline-"));
  chmodSync(place, 0o755);
  const world = new SqliteWorld();
  const file = world.file("shop.db");
  const session = await SqlSession.open(file, ["--page-size", "1024"]);
  const db = await world.attach(file);
  const live = path.join(world.capture.paths.history, db.id);
  for (let i = 1; i <= COMMITS; i++) {
    await session.sql(statementOf(i));
    const { bookmark, timeMs } = await world.capture.flush(db.id, i % 10 === 0);
    known.push({ bookmark, timeMs, state: withoutCounters(await session.copy()) });
    if (i === 40) listedWhileWritten = await askLastgood(["restore-offline", live]);
  }
  await world.capture.flush(db.id, true);
  session.kill();
  stored = path.join(place, "copied");
  cpSync(live, stored, { recursive: true });
  await world.close();
}, 120_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

function statementOf(i: number): string {
  if (i % 29 === 0) return "vacuum";
  if (i % 13 === 0) return `delete from t where id < ${i * 2}`;
  return `insert into t(v) select randomblob(${200 + i * 3}) from (values (1),(2),(3),(4))`;
}

let written = 0;
const freshFile = () => path.join(place, `state-${++written}.db`);

async function stateAt(moment: string, ...more: string[]): Promise<{ answer: Restored; state: Buffer }> {
  const file = freshFile();
  const answer = await askLastgood<Restored>(["restore-offline", stored, "--to", moment, "--output", file, ...more]);
  expect(answer).toMatchObject({ ok: true });
  return { answer, state: withoutCounters(readFileSync(file)) };
}

test("a stored history alone gives back every state that is asked for, byte for byte", {
  timeout: 120_000,
}, async () => {
  for (let i = 0; i < known.length; i += 13) {
    const { bookmark, state } = known[i] as Known;
    const { answer, state: found } = await stateAt(bookmark);
    expect(answer.reached.bookmark).toBe(bookmark);
    expect(answer.integrity).toEqual(["ok"]);
    expect(found.equals(state), `commit ${i + 1}`).toBe(true);
  }
});

test("times and what was just before them mean what they mean in the running product", async () => {
  const at = known[50] as Known;
  const newestAt = known.findLast(({ timeMs }) => timeMs <= at.timeMs) as Known;
  const before = known.findLast(({ timeMs }) => timeMs < at.timeMs) as Known;
  const asked: [string, Known][] = [
    [String(at.timeMs), newestAt],
    [new Date(at.timeMs).toISOString(), newestAt],
    [String(at.timeMs / 1000), newestAt],
    [`just before ${at.timeMs}`, before],
    [`just before ${at.bookmark}`, known[49] as Known],
    ["newest", known.at(-1) as Known],
  ];
  for (const [moment, { bookmark }] of asked) {
    const answer = await askLastgood<Restored>(["restore-offline", stored, "--to", moment]);
    expect(answer.reached.bookmark, moment).toBe(bookmark);
  }
});

test("the list names the window, and the commits around a moment", async () => {
  const bookmarks = known.map(({ bookmark }) => bookmark);
  const listed = await askLastgood<Listed>([
    "restore-offline",
    stored,
    "--around",
    bookmarks[30] ?? "",
    "--count",
    "3",
  ]);
  expect(listed.newest.bookmark).toBe(bookmarks.at(-1));
  expect(listed.commits).toBeGreaterThanOrEqual(COMMITS);
  expect(listed.capturedThroughMs).toBeGreaterThanOrEqual(listed.newest.timeMs);
  expect(listed.around?.map(({ bookmark }) => bookmark)).toEqual(expect.arrayContaining(bookmarks.slice(29, 33)));
  expect(listedWhileWritten.newest.bookmark).toBe(bookmarks[39]);
});

test("a time beyond what is known is refused with what is known", async () => {
  const { ok, error } = await askLastgood<Failed>(["restore-offline", stored, "--to", new Date().toISOString()]);
  expect({ ok, code: error.code, newest: error.newest?.bookmark }).toEqual({
    ok: false,
    code: "moment_outside_window",
    newest: known.at(-1)?.bookmark,
  });
});

test("a normal user restores from a folder that may only be read", { timeout: 60_000 }, async (context) => {
  const isRoot = process.getuid?.() === 0;
  const uid = isRoot ? { uid: NOBODY } : {};
  if (isRoot && (await runLastgood(["help"], uid).catch(() => null))?.code !== 0) {
    context.skip("the project's folder is closed to other users");
  }
  const media = path.join(place, "media");
  cpSync(stored, media, { recursive: true });
  const mine = path.join(place, "mine");
  mkdirSync(mine);
  const all = readdirSync(media).map((name) => path.join(media, name));
  for (const file of all) chmodSync(file, 0o400);
  chmodSync(media, 0o500);
  if (isRoot) for (const file of [...all, media, mine]) chownSync(file, NOBODY, NOBODY);
  const { bookmark, state } = known[20] as Known;
  const args = ["restore-offline", media, "--to", bookmark, "-o", "state.db"];
  const answer = await askLastgood<Restored>(args, { ...uid, cwd: mine });
  expect(answer).toMatchObject({ ok: true, integrity: ["ok"] });
  expect(withoutCounters(readFileSync(path.join(mine, "state.db"))).equals(state)).toBe(true);
  expect(readdirSync(mine)).toEqual(["state.db"]);
  expect(readdirSync(media).length).toBe(all.length);
  chmodSync(media, 0o700);
});

test("nothing is overwritten, and a log that was left behind is not laid over the result", async () => {
  const file = freshFile();
  writeFileSync(file, "somebody's");
  const to = ["restore-offline", stored, "--to", "newest", "--output"];
  const taken = await runLastgood([...to, file]);
  expect(taken).toMatchObject({ code: 5, out: "", err: expect.stringContaining("is there already") });
  expect(readFileSync(file, "utf8")).toBe("somebody's");
  const other = freshFile();
  writeFileSync(`${other}-wal`, "left behind");
  expect(await runLastgood([...to, other])).toMatchObject({ code: 5, err: expect.stringContaining("-wal") });
  expect(existsSync(other)).toBe(false);
});

test("each failure has its exit code and names the next step", async () => {
  const missing = path.join(place, "missing");
  const foreign = known[0]?.bookmark.replace(/-(.{16})(.{16})$/, "-0123456789abcdef$2") ?? "";
  const calls: [args: string[], code: number, says: RegExp][] = [
    [[], 2, /history's folder is missing/],
    [[stored, "--nonsense"], 2, /--nonsense/],
    [[stored, "--output", missing], 2, /--output needs --to/],
    [[stored, "--to", "yesterday"], 2, /with its offset/],
    [[missing], 3, /does not exist/],
    [[place], 3, /Name one of the histories below it: .*copied/],
    [[stored, "--to", foreign], 3, /another database/],
    [[stored, "--to", "1000"], 3, /older than the recovery window/],
    [[stored, "--to", "just before oldest"], 3, /before the oldest/],
    [[stored, "--to", "newest", "-o", path.join(missing, "x.db")], 3, /folder .*missing does not exist/],
  ];
  for (const [args, code, says] of calls) {
    const ran: Ran = await runLastgood(["restore-offline", ...args]);
    expect(ran, args.join(" ")).toMatchObject({ code, out: "", err: expect.stringMatching(says) });
  }
});
