import { describe, expect, it, test } from "vitest";
import {
  MOST_DELETIONS,
  MOST_PRE_RESTORES,
  planRetention,
  type RetainedBackup,
  type RetentionRules,
} from "../../lib/domain/retention.ts";

const NOW = 1_795_000_000_000;
const DAY = 86_400_000;
const none: RetentionRules = { maxBackups: null, keepAtMost: {} };

function backup(ageDays: number, rest: Partial<RetainedBackup> = {}): RetainedBackup {
  return {
    id: `b${String(ageDays).padStart(5, "0")}`,
    kind: "physical",
    trigger: "manual",
    scheduleId: null,
    createdAtMs: NOW - ageDays * DAY,
    expiresAtMs: null,
    isPinned: false,
    isBeingRestored: false,
    isDamaged: false,
    ...rest,
  };
}

const days = (count: number) => Array.from({ length: count }, (_, i) => i);
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);

describe("retention", () => {
  it("deletes nothing where nothing was asked for", () => {
    const plan = planRetention(
      days(500).map((age) => backup(age)),
      none,
      NOW,
    );
    expect(plan.deletions).toEqual([]);
    expect(plan.kept).toHaveLength(500);
  });

  it("keeps as many as it may, the newest, and deletes the oldest first", () => {
    const plan = planRetention(
      [3, 1, 0, 2].map((age) => backup(age)),
      { ...none, maxBackups: 2 },
      NOW,
    );
    expect(plan.deletions).toEqual([
      { id: "b00003", because: "max_backups" },
      { id: "b00002", because: "max_backups" },
    ]);
    expect(ids(plan.kept)).toEqual(["b00000", "b00001"]);
  });

  it("does not count pinned ones, and keeps them whatever their age, saying why", () => {
    const pinned = backup(400, { isPinned: true, expiresAtMs: NOW - DAY, trigger: "scheduled" });
    const plan = planRetention([backup(0), backup(1), pinned], { ...none, maxBackups: 1 }, NOW);
    expect(ids(plan.deletions)).toEqual(["b00001"]);
    expect(plan.kept).toContainEqual({ id: pinned.id, because: "pinned" });
  });

  it("deletes by age at the very millisecond at which it is over", () => {
    const old = (atMs: number) => backup(9, { trigger: "scheduled", expiresAtMs: atMs });
    expect(planRetention([backup(0), old(NOW)], none, NOW).deletions).toEqual([
      { id: "b00009", because: "retention_days" },
    ]);
    expect(planRetention([backup(0), old(NOW + 1)], none, NOW).deletions).toEqual([]);
  });

  it("never deletes the last good one, however old, and says so", () => {
    const last = backup(90, { expiresAtMs: NOW - 80 * DAY, trigger: "scheduled" });
    expect(planRetention([last], none, NOW).kept).toEqual([{ id: last.id, because: "last_good" }]);
    const damaged = backup(1, { isDamaged: true });
    expect(planRetention([damaged, last], { ...none, maxBackups: 1 }, NOW).kept).toContainEqual({
      id: last.id,
      because: "last_good",
    });
  });

  it("keeps the last good one of each kind: a document need not hold all tables", () => {
    const portable = [0, 1, 2].map((age) => backup(age, { kind: "portable" }));
    const plan = planRetention([...portable, backup(5)], { ...none, maxBackups: 1 }, NOW);
    expect(plan.kept).toContainEqual({ id: "b00005", because: "last_good" });
    expect(ids(plan.deletions)).toEqual(["b00002", "b00001"]);
  });

  it("keeps what a restore reads", () => {
    const read = backup(8, { isBeingRestored: true });
    const plan = planRetention([backup(0), backup(1), read], { ...none, maxBackups: 1 }, NOW);
    expect(plan.kept).toContainEqual({ id: read.id, because: "being_restored" });
    expect(ids(plan.deletions)).toEqual(["b00001"]);
  });

  it("keeps ten of those before restores, which count for no other limit", () => {
    const before = days(MOST_PRE_RESTORES + 3).map((age) => backup(age + 10, { trigger: "pre_restore" }));
    const plan = planRetention([backup(0), backup(1), ...before], { ...none, maxBackups: 2 }, NOW);
    expect(plan.deletions).toEqual(["b00022", "b00021", "b00020"].map((id) => ({ id, because: "max_pre_restore" })));
  });

  it("keeps as many of one schedule as that one says", () => {
    const of = (scheduleId: string) => (age: number) => backup(age, { trigger: "scheduled", scheduleId });
    const all = [backup(0), ...[1, 3, 5].map(of("a")), ...[2, 4, 6].map(of("b"))];
    const plan = planRetention(all, { maxBackups: null, keepAtMost: { a: 2 } }, NOW);
    expect(plan.deletions).toEqual([{ id: "b00005", because: "keep_at_most" }]);
  });

  it("deletes a few in one run, and says what is left for later", () => {
    const plan = planRetention(
      days(100).map((age) => backup(age)),
      { ...none, maxBackups: 5 },
      NOW,
    );
    expect(plan.deletions).toHaveLength(MOST_DELETIONS);
    expect(plan.later).toHaveLength(95 - MOST_DELETIONS);
    expect(plan.deletions[0]?.id).toBe("b00099");
  });
});

/** A small generator of our own, so that a failing case is named by its seed. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function makeCase(seed: number): { backups: RetainedBackup[]; rules: RetentionRules } {
  const next = chance(seed);
  const pick = <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T;
  const backups = days(Math.floor(next() * 60)).map((i) =>
    backup(i, {
      createdAtMs: NOW - Math.floor(next() * 40) * DAY,
      kind: pick(["physical", "physical", "portable"]),
      trigger: pick(["manual", "scheduled", "pre_restore"]),
      scheduleId: pick([null, "a", "b"]),
      expiresAtMs: pick([null, NOW - DAY, NOW, NOW + DAY]),
      isPinned: next() < 0.1,
      isBeingRestored: next() < 0.05,
      isDamaged: next() < 0.2,
    }),
  );
  const most = pick([null, 0, 1, 3, 10]);
  return { backups, rules: { maxBackups: most, keepAtMost: next() < 0.5 ? { a: 1 + Math.floor(next() * 4) } : {} } };
}

test("whatever there is and whatever is asked: one fate each, nothing exempt goes, and a good one of each kind stays", () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const { backups, rules } = makeCase(seed);
    const plan = planRetention(backups, rules, NOW);
    const gone = new Set(ids([...plan.deletions, ...plan.later]));
    expect([...gone, ...ids(plan.kept)].sort(), `seed ${seed}`).toEqual(ids(backups).sort());
    expect(plan.deletions.length).toBeLessThanOrEqual(MOST_DELETIONS);
    const byId = new Map(backups.map((one) => [one.id, one]));
    for (const id of gone) {
      const one = byId.get(id);
      expect(one?.isPinned || one?.isBeingRestored, `seed ${seed} deletes ${id}`).toBe(false);
    }
    for (const kind of ["physical", "portable"]) {
      const good = backups.filter((one) => one.kind === kind && !one.isDamaged);
      const newest = Math.max(...good.map(({ createdAtMs }) => createdAtMs));
      const stays = good.some(({ id, createdAtMs }) => createdAtMs === newest && !gone.has(id));
      expect(good.length === 0 || stays, `seed ${seed} leaves no good ${kind} one`).toBe(true);
    }
  }
});

test("run after run comes to an end, deletes just what the first plan named, and then nothing more", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const { backups, rules } = makeCase(seed);
    const first = planRetention(backups, rules, NOW);
    const named = ids([...first.deletions, ...first.later]).sort();
    let left = backups;
    const gone: string[] = [];
    for (let run = 0; run < 10; run++) {
      const { deletions } = planRetention(left, rules, NOW);
      gone.push(...ids(deletions));
      left = left.filter(({ id }) => !gone.includes(id));
    }
    expect(gone.sort(), `seed ${seed}`).toEqual(named);
    expect(planRetention(left, rules, NOW).deletions).toEqual([]);
  }
});

test("a looser rule never deletes what a stricter one keeps", () => {
  for (let seed = 1; seed <= 1000; seed++) {
    const { backups, rules } = makeCase(seed);
    const all = (maxBackups: number | null) => {
      const { deletions, later } = planRetention(backups, { ...rules, maxBackups }, NOW);
      return new Set(ids([...deletions, ...later]));
    };
    const strict = all(2);
    for (const id of all(5)) expect(strict.has(id), `seed ${seed}`).toBe(true);
  }
});
