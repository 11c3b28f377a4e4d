import { vi } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { Random } from "../../sim/random.ts";
import type { ScheduleWorld } from "../services/schedule-world.ts";
import { dueByHand } from "./due-oracle.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const at = (hour: number, minute: number) => hour * 60 + minute;

/** Zones whose clocks are changed by an hour, by half an hour and never; times that are skipped and that come twice. */
export const CLOCKS = [
  { zone: "Europe/Berlin", cron: "30 2 * * *", minutes: [at(2, 30)] },
  { zone: "America/New_York", cron: "30 1,2 * * *", minutes: [at(1, 30), at(2, 30)] },
  { zone: "Australia/Lord_Howe", cron: "10 2 * * *", minutes: [at(2, 10)] },
  { zone: "Asia/Kathmandu", cron: "45 4 * * *", minutes: [at(4, 45)] },
] as const;

export type Watched = { id: string; zone: string; due: number[] };
export type Simulated = { watched: Watched[]; outages: number; looks: number; putBack: number };

/**
 * Lets an agent live through years under a fake clock: days of running and days of being away at random, two looks at once, clocks
 * put back for a moment, backups that take too long. It looks soon after each run that is due, as the agent's rounds do.
 */
export async function liveThrough(
  world: ScheduleWorld,
  { from, to, seed, broken }: { from: string; to: string; seed: number; broken?: Broken },
): Promise<Simulated> {
  const random = new Random(seed);
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  vi.useFakeTimers({ toFake: ["Date"], now: fromMs });
  const watched: Watched[] = [];
  for (const { zone, cron, minutes } of CLOCKS) {
    const id = await world.add({ zone, cron, retentionDays: null }, from);
    watched.push({ id, zone, due: dueByHand(zone, minutes, fromMs, toMs) });
  }
  const dues = [...new Set(watched.flatMap(({ due }) => due))].sort((a, b) => a - b);
  const told: Simulated = { watched, outages: 0, looks: 0, putBack: 0 };
  const look = async (ms: number) => {
    vi.setSystemTime(ms);
    const text = new Date(ms).toISOString();
    // Two looks at once, as of a run that does not know yet that its successor has begun.
    await (random.fraction() < 0.1 ? Promise.all([world.decideAt(text), world.decideAt(text)]) : world.decideAt(text));
    told.looks += 1;
    if (broken?.afterLook) await broken.afterLook(watched, ms);
  };
  let now = fromMs;
  while (now < toMs) {
    const upUntil = Math.min(toMs, now + (0.1 + random.fraction() * 2.4) * DAY);
    if (told.outages > 0 && broken?.comingBack) await broken.comingBack(watched, now);
    // What it was at when it went away is finished first, mostly.
    if (random.fraction() < 0.9) for (const { id } of watched) await world.finish(id);
    await look(now + random.fraction() * MINUTE);
    for (const due of dues.filter((ms) => ms > now && ms < upUntil - MINUTE)) {
      for (const one of watched) if (one.due.includes(due) && random.fraction() < 0.92) await world.finish(one.id);
      await look(due + random.fraction() * 30_000);
      if (random.fraction() < 0.03) {
        await look(due - (1 + random.fraction() * 3) * 60 * MINUTE);
        told.putBack += 1;
      }
    }
    if (upUntil === toMs) break;
    now = Math.min(toMs, upUntil + (0.05 + random.fraction() ** 3 * 40) * DAY);
    told.outages += 1;
  }
  for (const { id } of watched) await world.finish(id);
  await look(toMs);
  vi.useRealTimers();
  return told;
}

/** A scheduler that forgets. */
export type Broken = {
  comingBack?(watched: readonly Watched[], nowMs: number): Promise<void>;
  afterLook?(watched: readonly Watched[], nowMs: number): Promise<void>;
};

/** One that keeps in memory when it looked last: what came due while it was away is as if it had never been. */
export const FORGETS_DOWNTIME: Broken = {
  async comingBack(watched, nowMs) {
    const data = { decidedToMs: BigInt(Math.floor(nowMs)) };
    await metadata().schedule.updateMany({ where: { id: { in: watched.map(({ id }) => id) } }, data });
  },
};

/** One that does not write down what it has begun until later, and dies before that now and then. */
export const FORGETS_RUNS: Broken = {
  async afterLook(watched, nowMs) {
    if (Math.floor(nowMs / DAY) % 9 !== 0) return;
    const dueMs = { gt: BigInt(Math.floor(nowMs - 3 * 60 * MINUTE)) };
    for (const { id } of watched) {
      await metadata().backup.updateMany({ where: { scheduleId: id }, data: { status: "completed" } });
      const { count } = await metadata().scheduleRun.deleteMany({ where: { scheduleId: id, dueMs } });
      const decidedToMs = BigInt(Math.floor(nowMs - 3 * 60 * MINUTE));
      if (count > 0) await metadata().schedule.update({ where: { id }, data: { decidedToMs } });
    }
  },
};

type Told = { schedule: { id: string }; first_due_at: string; due_at: string };

/** What is wrong with what was decided; empty where no run was missed in silence and none took place twice. */
export async function findFaults(world: ScheduleWorld, watched: readonly Watched[]): Promise<string[]> {
  const faults: string[] = [];
  const entries = await metadata().auditEntry.findMany({
    where: { action: "backup.create" },
    select: { detail: true },
  });
  const begun = entries.map(({ detail }) => JSON.parse(detail) as { scheduleId: string; dueMs: number });
  const events = await metadata().event.findMany({ where: { databaseId: world.databaseId, type: "schedule.missed" } });
  const toldOf = events.map(({ payload }) => (JSON.parse(payload) as { data: Told }).data);
  for (const { id, zone, due } of watched) {
    const rows = await metadata().scheduleRun.findMany({ where: { scheduleId: id } });
    const decided = new Set(rows.map(({ dueMs }) => Number(dueMs)));
    const expected = new Set(due);
    for (const ms of due) if (!decided.has(ms)) faults.push(`${zone} ${iso(ms)}: missed in silence`);
    for (const ms of decided) if (!expected.has(ms)) faults.push(`${zone} ${iso(ms)}: was never due`);
    const times = begun.filter(({ scheduleId }) => scheduleId === id).map(({ dueMs }) => dueMs);
    for (const ms of new Set(times.filter((one, index) => times.indexOf(one) !== index))) {
      faults.push(`${zone} ${iso(ms)}: took place twice`);
    }
    const backups = await world.backupsOf(id);
    const made = rows.flatMap(({ backupId }) => backupId ?? []);
    if (made.length !== backups.length || new Set(made).size !== made.length) {
      faults.push(`${zone}: ${backups.length} backups of ${made.length} runs`);
    }
    const left = rows.filter(({ outcome }) => outcome === "missed" || outcome === "skipped");
    const told = toldOf.filter(({ schedule }) => schedule.id === id);
    for (const { dueMs } of left) {
      const text = iso(Number(dueMs));
      if (!told.some((one) => one.first_due_at <= text && text <= one.due_at))
        faults.push(`${zone} ${text}: nobody was told`);
    }
    if (left.some(({ because }) => !because)) faults.push(`${zone}: nobody knows why a run did not take place`);
  }
  return faults;
}

const iso = (ms: number) => new Date(ms).toISOString();
