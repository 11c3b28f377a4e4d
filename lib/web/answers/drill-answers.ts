import { z } from "zod";
import type { DrillPlanView, DrillsView, DrillView, ProvenRestore } from "../../client/drill-types.ts";
import type { DrilledMoment } from "../../domain/drill.ts";
import {
  answerOf,
  bookmark,
  count,
  countOrNull,
  nextPage,
  text,
  textOrNull,
  time,
  timeOrNull,
} from "./answer-schema.ts";
import { failure, stagedProgress } from "./answer-shapes.ts";

const aim = z.enum(["latest", "random"]);

export const drilledMomentAnswer = answerOf<DrilledMoment>()(
  z
    .union([
      z.strictObject({
        aim,
        bookmark,
        timeMs: time,
        sizeBytes: count,
        recoveryMs: count.meta({ description: "Milliseconds until the restored state could be used." }),
        checks: z.array(z.strictObject({ check: text, outcome: z.enum(["passed", "failed", "skipped"]), text })),
        tables: z.array(z.strictObject({ name: text, rows: count })),
        assertions: z
          .array(z.strictObject({ name: text, holds: z.boolean(), found: text }))
          .meta({ description: "What came of the operator's own queries." }),
        evidence: textOrNull.meta({
          description: "Where the throwaway of a failed drill lies on the agent's machine.",
        }),
        error: z.null(),
      }),
      z.strictObject({ aim, bookmark: textOrNull, timeMs: timeOrNull, error: failure }),
    ])
    .meta({ id: "DrilledMoment" }),
);

export const drillAnswer = answerOf<DrillView>()(
  z
    .strictObject({
      id: text,
      databaseId: text,
      trigger: z.enum(["manual", "scheduled"]),
      status: z.enum(["queued", "running", "passed", "failed", "cancelled", "skipped"]),
      aims: z.array(aim),
      progress: stagedProgress.nullable(),
      moments: z
        .array(drilledMomentAnswer)
        .meta({ description: "What came of each moment; empty until it has ended." }),
      recoveryMs: countOrNull.meta({ description: "Of the slowest moment, milliseconds." }),
      provenTimeMs: timeOrNull.meta({ description: "The newest moment that it has proven can be had." }),
      sizeBytes: countOrNull,
      hasReceipt: z.boolean(),
      error: failure.nullable(),
      createdAtMs: time,
      createdByName: textOrNull,
      startedAtMs: timeOrNull,
      finishedAtMs: timeOrNull,
      evidenceUntilMs: timeOrNull,
    })
    .meta({ id: "Drill" }),
);

export const drillPlanAnswer = answerOf<DrillPlanView>()(
  z
    .strictObject({
      active: z.boolean(),
      cron: text,
      zone: text,
      aims: z.array(aim),
      assertions: z.array(z.strictObject({ name: text, sql: text })),
      version: count,
      nextRunMs: timeOrNull,
      updatedAtMs: time,
      updatedBy: textOrNull,
    })
    .meta({ id: "DrillPlan" }),
);

const provenAnswer = answerOf<ProvenRestore>()(
  z.strictObject({ drillId: text, atMs: time, recoveryMs: count, timeMs: time, sizeBytes: count }),
);

export const drillsAnswer = answerOf<DrillsView>()(
  z
    .strictObject({
      drills: z.array(drillAnswer),
      next: nextPage,
      plan: drillPlanAnswer.nullable(),
      proven: provenAnswer.nullable().meta({ description: "The newest drill that passed." }),
    })
    .meta({ id: "Drills" }),
);

export const receiptAnswer = z
  .strictObject({
    payload: text,
    protected: text,
    signature: text,
    key: z.strictObject({ kty: text, crv: text, x: text, kid: text, alg: text }),
  })
  .meta({
    id: "DrillReceipt",
    description:
      "A flattened JSON Web Signature (RFC 7515, EdDSA) over the drill's findings, with the public key as a JSON Web Key.",
  });
