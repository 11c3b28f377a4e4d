import pino from "pino";
import { beforeEach, describe, expect, test } from "vitest";
import { AlarmRounds } from "../../lib/agent/alarm-rounds.ts";
import { HeartbeatRounds } from "../../lib/agent/heartbeat-rounds.ts";
import type { CaptureState, CaptureStatus } from "../../lib/domain/capture.ts";
import type { CommitMark } from "../../lib/domain/commit-mark.ts";
import type { Gap, RecoveryWindow } from "../../lib/domain/recovery-window.ts";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";
import type { Seen } from "../../lib/services/alarms/facts/fact-source.ts";
import type { Heartbeat } from "../../lib/services/alarms/heartbeat.ts";

const log = pino({ level: "silent" });
const START = Date.parse("2026-11-21T12:00:00Z");
const shop: ProtectedDatabase = {
  ...{ id: "shop", name: "shop", engine: "sqlite", origin: "hosted", path: "/shop.db", windowDays: 30 },
} as ProtectedDatabase;

/** What the agent's engines would tell, and clocks that a test sets. */
let state: CaptureState | "silent";
let gaps: Gap[] | "unreadable";
let deletes: Partial<CommitMark>[];
let bookmark: string;
let steady: number;
let wall: number;
let looks: { windows: number; marks: number };
let seen: Seen[];
let failing: boolean;
let isCurrent: boolean;

beforeEach(() => {
  [state, gaps, deletes, bookmark] = ["protected", [], [], "b1"];
  [steady, wall, failing, isCurrent] = [0, START, false, true];
  looks = { windows: 0, marks: 0 };
  seen = [];
});

function pass(ms: number): void {
  steady += ms;
  wall += ms;
}

function open(): AlarmRounds {
  return new AlarmRounds({
    databases: async () => [shop],
    engine: {
      async status() {
        if (state === "silent") throw new Error("no answer");
        return { databaseId: "shop", state, last: { bookmark }, capturedThroughMs: wall } as unknown as CaptureStatus;
      },
      async window() {
        looks.windows += 1;
        if (gaps === "unreadable") throw new Error("cannot be read");
        return { gaps } as unknown as RecoveryWindow;
      },
      async marks() {
        looks.marks += 1;
        return { marks: deletes as CommitMark[], leftOut: 0, readThroughMs: wall, isReading: false };
      },
    },
    noteAlive: async () => isCurrent,
    async decide(what) {
      seen.push({ databases: new Map(what.databases), clockJumps: [...what.clockJumps] });
      return { raised: 0, resolved: 0, failures: failing ? [{ kinds: ["gap"], error: new Error("no") }] : [] };
    },
    log,
    nowMs: () => wall,
    steadyMs: () => steady,
  });
}

async function look(rounds: AlarmRounds, times: number): Promise<Seen | undefined> {
  for (let n = 0; n < times; n += 1) {
    await rounds.look();
    pass(10_000);
  }
  return seen.at(-1);
}

describe("what an agent sees", () => {
  test("windows once a minute and deletes every five, where something was committed; each look all it knows", async () => {
    const rounds = open();
    gaps = [{ fromMs: 1, toMs: 2, reason: "." }];
    deletes = [
      { kind: "delete", exact: true, rows: 9 },
      { kind: "delete", exact: false, rows: 9 },
      { kind: "schema", exact: true, rows: null },
    ];
    const first = await look(rounds, 1);
    expect(first?.databases.get("shop")).toMatchObject({ gaps, deletes: [{ exact: true }, { exact: false }] });
    await look(rounds, 12);
    expect(looks).toEqual({ windows: 1, marks: 1 });
    bookmark = "b2";
    await look(rounds, 24);
    expect(looks).toEqual({ windows: 2, marks: 2 });
    await look(rounds, 80);
    expect(looks.windows).toBe(3);
  });

  test("nothing of a window that cannot be read, and not the database where nobody answers", async () => {
    const rounds = open();
    gaps = "unreadable";
    expect((await look(rounds, 1))?.databases.get("shop")?.gaps).toBeNull();
    state = "silent";
    expect((await look(rounds, 1))?.databases.size).toBe(0);
  });

  test("a jump of the clock, until it was written down", async () => {
    const rounds = open();
    await look(rounds, 2);
    wall += 29_000;
    expect((await look(rounds, 1))?.clockJumps).toEqual([]);
    wall -= 90_000;
    failing = true;
    expect((await look(rounds, 1))?.clockJumps).toMatchObject([{ byMs: -90_000 }]);
    failing = false;
    expect((await look(rounds, 1))?.clockJumps).toMatchObject([{ byMs: -90_000 }]);
    expect((await look(rounds, 1))?.clockJumps).toEqual([]);
  });

  test("a run whose successor has begun decides nothing", async () => {
    isCurrent = false;
    await look(open(), 2);
    expect(seen).toEqual([]);
  });
});

describe("the heartbeat", () => {
  let calls: number;
  let noted: Heartbeat[];
  const openHeart = (rounds: AlarmRounds, answer: string | null = null) => {
    [calls, noted] = [0, []];
    return new HeartbeatRounds({
      lastWholeLook: () => rounds.lastWholeLook(),
      async call() {
        calls += 1;
        return answer;
      },
      note: async (beat) => void noted.push(beat),
      log,
      nowMs: () => wall,
      steadyMs: () => steady,
    });
  };

  test("goes out while everything is captured and alarms are decided", async () => {
    const rounds = open();
    const heart = openHeart(rounds);
    await heart.look();
    expect([calls, noted[0]?.ok]).toEqual([0, false]);
    await look(rounds, 1);
    await heart.look();
    expect([calls, noted[1]]).toEqual([1, { ok: true, atMs: wall, text: null }]);
  });

  test.each(["stopped", "starting", "base", "silent"] as const)("is withheld while capture is %s", async (now) => {
    const rounds = open();
    const heart = openHeart(rounds);
    state = now;
    await look(rounds, 1);
    await heart.look();
    expect([calls, noted]).toMatchObject([
      0,
      [{ ok: false, text: "It is withheld: not everything is being captured." }],
    ]);
  });

  test("is withheld when the rounds do not turn, or cannot tell", async () => {
    const rounds = open();
    const heart = openHeart(rounds);
    await look(rounds, 1);
    failing = true;
    await look(rounds, 5);
    await heart.look();
    expect([calls, noted]).toMatchObject([0, [{ text: "It is withheld: alarms are not being decided." }]]);
  });

  test("that nobody takes is told", async () => {
    const rounds = open();
    const heart = openHeart(rounds, "It answered 500; only 2xx counts.");
    await look(rounds, 1);
    await heart.look();
    expect(noted).toMatchObject([{ ok: false, text: "It answered 500; only 2xx counts." }]);
  });
});
