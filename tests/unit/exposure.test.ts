import { execFile } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { answerExposure, lossPhrase, lossWords, proofWords } from "../../lib/client/exposure-words.ts";
import type { ClusterHealth } from "../../lib/domain/cluster-health.ts";
import { asCopy, judgeProof, measureExposure, wholeExposure } from "../../lib/domain/exposure.ts";
import { type SecondCopyState, withTrouble } from "../../lib/domain/second-copy.ts";
import { backup, bookmark, capture, facts, live, NOW } from "./exposure-facts.ts";

const lost = (change: Parameters<typeof facts>[0] = {}) => measureExposure(facts(change)).lost;
const idle = live({ since: [{ bookmark: bookmark(3), commits: 0, firstMs: null }] });

describe("what would be lost of one database", () => {
  test("is what was committed since its newest copy elsewhere, from the first of those commits on", () => {
    expect(lost()).toEqual({ kind: "some", commits: 5, seconds: 40, sinceMs: NOW - 40_000, andUncaptured: false });
  });

  test("is nothing where nothing was committed since, however old the copy", () => {
    expect(lost({ live: idle })).toMatchObject({ kind: "nothing", commits: 0, seconds: 0 });
  });

  test("is said with until when it is counted, which is no later than what was captured", () => {
    const until = (change: Parameters<typeof capture>[0]) =>
      measureExposure(facts({ live: live({ capture: capture(change) }) })).countedUntilMs;
    expect(until({ capturedThroughMs: NOW - 1_700.4 })).toBe(NOW - 1_701);
    expect(until({ capturedThroughMs: NOW + 50 })).toBe(NOW);
    expect(until({ capturedThroughMs: null })).toBe(NOW - 1_000);
    expect(measureExposure(facts({ live: null })).countedUntilMs).toBeNull();
  });

  test("is everything without a copy on another machine", () => {
    const here = [backup({ place: "this_machine", bucket: null })];
    expect(lost({ copies: [] })).toMatchObject({ kind: "everything", commits: null, seconds: null });
    expect(lost({ copies: here })).toMatchObject({ kind: "everything" });
    expect(lost({ copies: [backup({ problem: "altered" })] })).toMatchObject({ kind: "everything" });
    expect(lost({ copies: here, live: null })).toMatchObject({ kind: "everything" });
  });

  test("goes by the copy that loses least", () => {
    const second = backup({ kind: "second_copy", bucket: null, key: null, bookmark: bookmark(7), timeMs: NOW - 2_000 });
    const since = [...live().since, { bookmark: bookmark(7), commits: 1, firstMs: NOW - 1_500 }];
    const here = backup({ place: "this_machine", bookmark: bookmark(8) });
    const measured = measureExposure(facts({ copies: [backup(), here, second], live: live({ since }) }));
    expect(measured.copies.map(({ kind, place }) => `${kind} ${place}`)).toEqual([
      "second_copy elsewhere",
      "backup elsewhere",
      "backup this_machine",
    ]);
    expect(measured.lost).toMatchObject({ commits: 1, seconds: 2 });
  });

  test("counts seconds alone where the copy's state is none of this history", () => {
    const since = [{ bookmark: bookmark(3), commits: null, firstMs: null }];
    expect(lost({ live: live({ since }) })).toMatchObject({ kind: "some", commits: null, seconds: 60 });
  });

  test("holds what no history has where capture does not run, or a cluster's log is behind", () => {
    const stopped = live({ ...idle, capture: capture({ state: "stopped", capturedThroughMs: NOW - 90_000 }) });
    expect(lost({ live: stopped })).toMatchObject({ kind: "some", commits: 0, seconds: 90, andUncaptured: true });
    const health = { lagMs: 5_000, lagBytes: 400, zeroLoss: "off" } as ClusterHealth;
    const behind = (change: Partial<ClusterHealth>) =>
      lost({ live: { ...idle, capture: capture({ cluster: { ...health, ...change } }) } });
    expect(behind({})).toMatchObject({ kind: "some", seconds: 5, andUncaptured: true });
    expect(behind({ lagBytes: 0 })).toMatchObject({ kind: "nothing" });
    expect(behind({ zeroLoss: "on" })).toMatchObject({ kind: "nothing" });
  });

  test("is not known while its agent is silent, and at most what came after the copy", () => {
    expect(lost({ live: null })).toMatchObject({ kind: "unknown", commits: null, seconds: 60 });
    const attached = { id: "db", name: "erp", engine: "postgres", origin: "attached" };
    expect(lost({ database: attached, live: null, copies: [] })).toMatchObject({ kind: "unknown" });
  });

  test("is its past alone where its server is another machine", () => {
    const there = live({ isElsewhere: true });
    expect(lost({ live: there, copies: [] })).toMatchObject({ kind: "past" });
    expect(lost({ live: there })).toMatchObject({ kind: "nothing" });
  });
});

test("a second copy counts once it holds a whole history, and not on another disk of the same machine", () => {
  const state: SecondCopyState = {
    place: "elsewhere",
    shippedUntilMs: NOW - 2_000,
    shippedBookmark: bookmark(7),
    shippedTxid: 7,
    behindSinceMs: null,
    lastError: null,
    verifiedAtMs: null,
    damagedObjects: 0,
    sizeBytes: 5,
    checkedAtMs: NOW,
  };
  expect(asCopy(state)).toMatchObject({
    kind: "second_copy",
    place: "elsewhere",
    bookmark: bookmark(7),
    problem: null,
  });
  expect(asCopy({ ...state, place: "other_disk" })).toMatchObject({ place: "this_machine" });
  expect(asCopy({ ...state, damagedObjects: 2 })?.problem).toMatch(/^2 of its objects/);
  const behind = { ...state, behindSinceMs: NOW - 9_000, lastError: "The bucket answers 503." };
  expect(asCopy(behind)).toMatchObject({ problem: null, behindSinceMs: NOW - 9_000 });
  expect(JSON.stringify(asCopy(behind))).not.toContain("503");
  expect(asCopy({ ...state, shippedUntilMs: null })).toBeNull();
  expect(asCopy({ ...state, place: "none" })).toBeNull();
  // A copy of the metadata that is behind for long is told with that of a database.
  expect(withTrouble(state, behind, NOW)).toEqual(state);
  const long = { ...behind, behindSinceMs: NOW - 6 * 60_000 };
  expect(withTrouble(state, long, NOW)).toMatchObject({ lastError: expect.stringMatching(/^The metadata's.* 503\.$/) });
  expect(withTrouble({ ...state, lastError: "its own" }, long, NOW).lastError).toBe("its own");
});

describe("the proof of a restore", () => {
  const at = (day: string) => Date.parse(`2026-11-${day}T03:35:00Z`);
  const drill = (id: string, day: string) => ({ id, createdAtMs: at(day), finishedAtMs: at(day) + 9_000 });
  const passed = (day: string) => ({ ...drill("p", day), recoveryMs: 1_200 });
  const nightly = { cron: "30 3 * * *", zone: "UTC", updatedAtMs: at("01") };

  test("is the newest drill that passed, unless one failed since", () => {
    expect(judgeProof(passed("20"), null, null, NOW)).toMatchObject({ state: "proven", recoveryMs: 1_200 });
    expect(judgeProof(passed("20"), drill("f", "21"), null, NOW)).toMatchObject({
      state: "failed",
      failedDrillId: "f",
    });
    expect(judgeProof(passed("21"), drill("f", "20"), null, NOW)).toMatchObject({
      state: "proven",
      failedDrillId: null,
    });
    expect(judgeProof(null, null, null, NOW)).toMatchObject({ state: "never", atMs: null });
  });

  test("is overdue where the plan asked for one that did not pass in time", () => {
    expect(judgeProof(passed("21"), null, nightly, NOW)).toMatchObject({ state: "proven", dueMs: null });
    expect(judgeProof(passed("20"), null, nightly, at("21"))).toMatchObject({ state: "proven" });
    expect(judgeProof(passed("20"), null, nightly, NOW + 4 * 3_600_000)).toMatchObject({
      state: "overdue",
      dueMs: Date.parse("2026-11-21T03:30:00Z"),
    });
    expect(judgeProof(null, null, { ...nightly, updatedAtMs: NOW }, NOW)).toMatchObject({ state: "never" });
    expect(judgeProof(null, null, nightly, NOW).state).toBe("overdue");
  });
});

describe("the words", () => {
  const of = (database: string, change: Parameters<typeof facts>[0] = {}) => ({
    ...measureExposure(facts(change)),
    database,
  });
  const answer = (...all: ReturnType<typeof of>[]) => answerExposure(wholeExposure(all, NOW), NOW);
  const bare = { copies: [] };
  const well = { live: idle, recovery: { ms: 4_200, by: "drill" as const, atMs: NOW, id: "d" } };

  test("lead with the figure of the whole", () => {
    expect(answer(of("a"), of("b")).answer).toBe("10 writes of the last 40 s.");
    expect(answer(of("a", well)).answer).toBe("Nothing.");
    expect(answer(of("a", well), of("b", bare)).answer).toBe("Everything in 1 of 2 databases.");
    expect(answer(of("a", bare))).toMatchObject({
      answer: "Everything: the only copy lies on this machine's disk.",
      lede: expect.stringContaining("a has no copy on another machine; its history lies on the database's own disk."),
    });
    expect(answer(of("a", { live: null })).answer).toBe("Nobody can tell right now.");
  });

  test("say that a second copy does not keep up", () => {
    const second = backup({ kind: "second_copy", bucket: null, key: null, behindSinceMs: NOW - 5_000 });
    expect(answer(of("a", { copies: [second] })).lede).toContain("The second copy of a does not keep up right now.");
    expect(answer(of("a")).lede).not.toContain("second copy");
  });

  test("say how long coming back takes, or that nobody ever measured it", () => {
    expect(answer(of("a", well)).lede).toContain("A restore was measured at 4.2 s.");
    expect(answer(of("a", well), of("b")).lede).toContain("measured at 4.2 s; one was never measured.");
    expect(answer(of("a")).lede).toContain("was never measured.");
  });

  test("are short in a row", () => {
    expect(lossWords(lost(), NOW)).toEqual({ words: "5 writes", remark: "of the last 40 s" });
    expect(lossWords(lost({ live: idle }), NOW).words).toBe("0 writes");
    expect(lossWords(lost(bare), NOW)).toEqual({ words: "everything", remark: "no copy elsewhere" });
    expect(lossPhrase(lost({ live: live({ capture: capture({ state: "stopped" }) }) }), NOW)).toBe(
      "5 writes and more of the last 40 s",
    );
    expect(proofWords(judgeProof(null, null, null, NOW), NOW).words).toBe("never");
  });
});

/** The same cases in a process without one of the rules: each is noticed. */
describe("without a rule", () => {
  const file = "lib/domain/exposure.ts";
  async function outcomes(from?: string, to = ""): Promise<Record<string, string>> {
    const preload = pathToFileURL(path.join(import.meta.dirname, "../integration/sqlite/rules/break-rule.ts")).href;
    const script = path.join(import.meta.dirname, "run-exposure.ts");
    const env = { ...process.env, LASTGOOD_TEST_BREAK: JSON.stringify(from ? [{ file, from, to }] : []) };
    const args = ["--disable-warning=ExperimentalWarning", `--import=${preload}`, script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    return JSON.parse(stdout) as Record<string, string>;
  }
  const whole = {
    elsewhere: "some 5 40",
    here: "everything null null",
    altered: "everything null null",
    stopped: "some 5 90",
  };

  test("what would be lost is told wrongly", async () => {
    const [all, here, altered, stopped] = await Promise.all([
      outcomes(),
      outcomes("!isLostWithIt(copy) && ", ""),
      outcomes(" && copy.problem === null", ""),
      outcomes('if (capture.state !== "protected")', "if (false)"),
    ]);
    expect(all).toEqual(whole);
    expect(here).toEqual({ ...whole, here: "some 5 40" });
    expect(altered).toEqual({ ...whole, altered: "some 5 40" });
    expect(stopped).toEqual({ ...whole, stopped: "some 5 40" });
  });
});
