import { z } from "zod";
import type { ErasuresView, ErasureView } from "../../client/erasure-types.ts";
import type { ErasurePlan } from "../../domain/erasure.ts";
import { answerOf, bookmark, count, countOrNull, text, textOrNull, time, timeOrNull } from "./answer-schema.ts";

const names = z.array(text);

export const erasurePlanAnswer = answerOf<ErasurePlan>()(
  z
    .strictObject({
      beforeMs: time,
      oldestMs: z.number().nullable().meta({ description: "Where the history begins now." }),
      begins: z
        .strictObject({ bookmark, timeMs: time })
        .meta({ description: "The state in force then: afterwards the oldest one that can be had." }),
      more: z.strictObject({ commits: count, isTaken: z.boolean() }).nullable().meta({
        description:
          "Of a cluster, whose history can begin with a base backup alone: commits after the moment asked for that go as well; where that base backup is still to be taken (isTaken: false), at least those.",
      }),
      labels: z.strictObject({ count, names }),
      undos: count.meta({ description: "Completed restores that cannot be undone any more." }),
      backups: z.strictObject({ count, keys: names, included: z.boolean() }),
      previews: z.strictObject({ count, names }).meta({ description: "Made from older states; they stay." }),
      hasSecondCopy: z.boolean(),
    })
    .meta({ id: "ErasurePlan" }),
);

export const erasureAnswer = answerOf<ErasureView>()(
  z
    .strictObject({
      id: text,
      databaseId: text,
      status: z.enum(["waiting", "running", "completed", "failed", "cancelled"]),
      plan: erasurePlanAnswer,
      reason: textOrNull,
      requestedByName: textOrNull,
      createdAtMs: time,
      runAfterMs: time.meta({ description: "The end of its grace period; until then it can be cancelled." }),
      finishedAtMs: timeOrNull,
      removedBytes: countOrNull,
      removedBackups: countOrNull,
      error: z.strictObject({ code: text, message: text, hint: textOrNull }).nullable(),
    })
    .meta({ id: "Erasure" }),
);

export const erasuresAnswer = answerOf<ErasuresView>()(z.strictObject({ erasures: z.array(erasureAnswer) }));
