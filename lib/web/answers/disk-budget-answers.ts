import { z } from "zod";
import type { DiskBudgetsView, DiskBudgetView } from "../../client/disk-budget-types.ts";
import { answerOf, count, countOrNull, text, textOrNull, time, timeOrNull } from "./answer-schema.ts";

const step = z.enum(["throwaways", "caches", "beyond-window", "set-aside", "old-history", "capture"]);
const part = z.enum(["history", "backups", "set-aside", "throwaways", "caches", "uploads", "metadata"]);

export const diskBudgetAnswer = answerOf<DiskBudgetView>()(
  z
    .strictObject({
      agentId: text,
      region: text,
      set: z
        .strictObject({ budgetBytes: countOrNull, floorBytes: countOrNull, leastDays: countOrNull, version: count })
        .meta({ description: "What people set; `version` is 0 where nobody has." }),
      limits: z
        .strictObject({ budgetBytes: countOrNull, floorBytes: count, leastDays: count })
        .meta({ description: "What counts by it and by the agent's environment, in bytes and days." }),
      fixedBecause: textOrNull.meta({ description: "Why it cannot be set from here; null: it can." }),
      measured: z
        .strictObject({
          atMs: time,
          level: z.enum(["fine", "warning", "giving-way", "stopped"]),
          sinceMs: time,
          share: z.number().meta({ description: "Of `limitBytes`; 1 and more: all of it is taken." }),
          limitBytes: count,
          boundBy: z.enum(["budget", "floor"]),
          countedBytes: count.meta({ description: "What Lastgood takes, without the databases themselves." }),
          freeBytes: count,
          sizeBytes: count,
          databaseBytes: count,
          parts: z.array(z.strictObject({ part, bytes: count })),
          histories: z.array(
            z.strictObject({ databaseId: text, name: text, historyBytes: count, oldestMs: z.number().nullable() }),
          ),
          bytesPerDay: countOrNull,
          daysLeft: z.number().nullable().meta({ description: "Days until the limit at the present rate." }),
          captureStoppedSinceMs: timeOrNull,
          plan: z
            .array(
              z.strictObject({
                step,
                what: text,
                means: text,
                from: z.number(),
                isDue: z.boolean(),
                bytes: countOrNull,
              }),
            )
            .meta({ description: "What gives way, in this order: from which share on, and how much would come back." }),
          gave: z
            .array(z.strictObject({ atMs: time, step, name: textOrNull, bytes: count }))
            .meta({ description: "What gave way, the newest first." }),
        })
        .nullable()
        .meta({ description: "Null before it was measured for the first time." }),
    })
    .meta({ id: "DiskBudget" }),
);

export const diskBudgetsAnswer = answerOf<DiskBudgetsView>()(z.strictObject({ agents: z.array(diskBudgetAnswer) }));
