import type { Metadata } from "../../db/client.ts";
import type { MetricFamily, MetricSample } from "../../domain/metrics.ts";
import { restoreDurations } from "./restore-durations.ts";

type Counted = { _count: { _all: number } };

/** Figures of what is done and to be done: jobs, restores, backups, schedules, deliveries. */
export async function workFamilies(db: Metadata, nowMs: number): Promise<MetricFamily[]> {
  const count = { _count: { _all: true } } as const;
  const [jobs, restores, backups, runs, deliveries, alarms, mails, durations] = await Promise.all([
    db.job.groupBy({
      by: ["kind", "status"],
      where: { status: { in: ["queued", "running"] } },
      _min: { createdAtMs: true },
      ...count,
    }),
    db.restore.groupBy({ by: ["targetKind", "status"], ...count }),
    db.backup.groupBy({ by: ["kind", "trigger", "status"], where: { purgedAtMs: null }, ...count }),
    db.scheduleRun.groupBy({ by: ["outcome"], ...count }),
    db.webhookDelivery.groupBy({ by: ["status"], ...count }),
    db.alarm.groupBy({ by: ["kind", "state"], where: { state: { not: "resolved" } }, ...count }),
    db.alarmMail.groupBy({ by: ["status"], ...count }),
    restoreDurations(db),
  ]);
  const oldest = jobs.map(({ kind, status, _min }): MetricSample => {
    const sinceMs = _min.createdAtMs === null ? nowMs : Number(_min.createdAtMs);
    return { labels: { kind, status }, value: Math.max(0, nowMs - sinceMs) / 1000 };
  });
  return [
    { ...named("lastgood_jobs", "Jobs that wait or run."), type: "gauge", samples: sampled(jobs, ["kind", "status"]) },
    {
      ...named("lastgood_job_oldest_age_seconds", "For how long the oldest job of a kind has been waiting or running."),
      type: "gauge",
      samples: oldest,
    },
    {
      ...named("lastgood_restores", "Restores by their target and what became of them."),
      type: "gauge",
      samples: restores.map(({ targetKind, status, _count }) => ({
        labels: { target: targetKind, status },
        value: _count._all,
      })),
    },
    durations,
    {
      ...named("lastgood_backups", "Backups that are kept, run or failed lately."),
      type: "gauge",
      samples: sampled(backups, ["kind", "trigger", "status"]),
    },
    {
      ...named("lastgood_schedule_runs", "Times at which schedules were due, by what became of them."),
      type: "counter",
      samples: sampledOver(runs, "outcome", ["started", "caught_up", "missed", "skipped"]),
    },
    {
      ...named("lastgood_webhook_deliveries", "Events on their way to webhooks, and those that ended lately."),
      type: "gauge",
      samples: sampledOver(deliveries, "status", ["pending", "delivered", "failed", "cancelled"]),
    },
    {
      ...named("lastgood_alarms", "Alarms that are not resolved."),
      type: "gauge",
      samples: sampled(alarms, ["kind", "state"]),
    },
    {
      ...named("lastgood_alarm_mails", "Messages about alarms on their way, and those that ended lately."),
      type: "gauge",
      samples: sampledOver(mails, "status", ["pending", "sent", "failed"]),
    },
  ];
}

const named = (name: string, help: string) => ({ name, help });

function sampled<Key extends string>(
  rows: readonly (Counted & Readonly<Record<Key, string>>)[],
  keys: readonly Key[],
): MetricSample[] {
  return rows.map((row) => ({
    labels: Object.fromEntries(keys.map((key) => [key, row[key]])),
    value: row._count._all,
  }));
}

/** The same with a zero for what has not happened yet: the first time that it does must be seen as a rise. */
function sampledOver<Key extends string>(
  rows: readonly (Counted & Readonly<Record<Key, string>>)[],
  key: Key,
  values: readonly string[],
): MetricSample[] {
  return values.map((value) => ({
    labels: { [key]: value },
    value: rows.find((row) => row[key] === value)?._count._all ?? 0,
  }));
}
