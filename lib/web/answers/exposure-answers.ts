import { z } from "zod";
import type { Exposure, ExposureCopy, ExposureLoss, RestoreProof, WholeExposure } from "../../domain/exposure.ts";
import { answerOf, count, countOrNull, text, textOrNull, time, timeOrNull } from "./answer-schema.ts";

const lossAnswer = answerOf<ExposureLoss>()(
  z
    .strictObject({
      kind: z.enum(["nothing", "some", "everything", "past", "unknown"]).meta({
        description:
          "`everything`: no copy lies on another machine. `past`: the database does, its history alone would be lost. `unknown`: its agent does not answer.",
      }),
      commits: countOrNull.meta({ description: "Commits that no copy elsewhere holds; null: not known how many." }),
      seconds: countOrNull.meta({ description: "Since the oldest of them, rounded up." }),
      sinceMs: timeOrNull,
      andUncaptured: z
        .boolean()
        .meta({ description: "Beside them there is what no history has, since capture does not run or is behind." }),
    })
    .meta({ id: "ExposureLoss" }),
);

const copyAnswer = answerOf<ExposureCopy>()(
  z
    .strictObject({
      kind: z.enum(["second_copy", "backup"]),
      place: z
        .enum(["elsewhere", "this_machine"])
        .meta({ description: "What lies on this machine would be lost with it." }),
      bucket: textOrNull,
      key: textOrNull,
      bookmark: textOrNull,
      timeMs: time,
      needsKey: z.boolean().meta({ description: "Sealed with the operator's key: without it nothing comes back." }),
      isNear: z
        .boolean()
        .meta({ description: "Its address is one of this machine: whether it lies elsewhere cannot be told." }),
      problem: textOrNull.meta({ description: "Why nothing may come back from it." }),
      behindSinceMs: timeOrNull.meta({ description: "Since when it does not keep up; null: it does." }),
      lost: lossAnswer.meta({ description: "What would be lost if one came back from it." }),
    })
    .meta({ id: "ExposureCopy" }),
);

const proofAnswer = answerOf<RestoreProof>()(
  z
    .strictObject({
      state: z.enum(["proven", "failed", "overdue", "never"]),
      atMs: timeOrNull.meta({ description: "When a drill last passed." }),
      recoveryMs: countOrNull,
      drillId: textOrNull,
      failedDrillId: textOrNull,
      failedAtMs: timeOrNull,
      dueMs: timeOrNull.meta({ description: "When the drill that is missing was due." }),
    })
    .meta({ id: "RestoreProof" }),
);

export const exposureAnswer = answerOf<Exposure>()(
  z
    .strictObject({
      databaseId: text,
      database: text,
      measuredAtMs: time,
      countedUntilMs: timeOrNull.meta({
        description:
          "Every commit until then is counted; what was committed since is not. Null: the agent does not say.",
      }),
      lost: lossAnswer,
      copies: z
        .array(copyAnswer)
        .meta({ description: "The one that one would come back from first, those on this machine last." }),
      sharesDisk: z
        .boolean()
        .nullable()
        .meta({ description: "Whether its history lies on its own disk; null: not known, or it is no file here." }),
      recovery: z
        .strictObject({ ms: count, by: z.enum(["drill", "restore"]), atMs: time, id: text })
        .nullable()
        .meta({ description: "How long coming back took when it was last measured; null: never." }),
      proof: proofAnswer,
    })
    .meta({ id: "Exposure" }),
);

export const wholeExposureAnswer = answerOf<WholeExposure>()(
  z
    .strictObject({
      measuredAtMs: time,
      lost: lossAnswer.meta({ description: "As bad as the worst of them, their commits added up." }),
      databases: z.array(exposureAnswer),
    })
    .meta({ id: "WholeExposure" }),
);
