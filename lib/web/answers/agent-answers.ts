import { z } from "zod";
import type { AgentsView, AgentView, CreatedEnrolmentView, EnrolmentView } from "../../client/agent-types.ts";
import { answerOf, count, text, textOrNull, time, timeOrNull } from "./answer-schema.ts";

export const agentAnswer = answerOf<AgentView>()(
  z
    .strictObject({
      id: text,
      region: text,
      state: z.enum(["running", "silent", "enrolled", "retired"]).meta({
        description: "`running`: seen within the last minute. `enrolled`: has not started yet.",
      }),
      answers: z.boolean().nullable().meta({ description: "Whether it just answered this console; null: not asked." }),
      problem: textOrNull.meta({ description: "Why it did not answer." }),
      hostName: textOrNull,
      address: textOrNull.meta({
        description: "How consoles of other machines reach it; null: over its socket alone.",
      }),
      version: textOrNull,
      seenAtMs: timeOrNull,
      startedAtMs: timeOrNull,
      enrolledAtMs: timeOrNull,
      retiredAtMs: timeOrNull,
      retiredBy: textOrNull,
      databases: count.meta({ description: "Those that it owns, deleted ones in their grace period included." }),
      disk: z
        .strictObject({ freeBytes: z.number(), sizeBytes: z.number() })
        .nullable()
        .meta({ description: "Of its data directory; null where it did not answer." }),
    })
    .meta({ id: "Agent" }),
);

export const agentsAnswer = answerOf<AgentsView>()(
  z.strictObject({
    agents: z.array(agentAnswer),
    isShared: z.boolean().meta({ description: "Whether the metadata lies where agents of other machines reach it." }),
  }),
);

const enrolment = {
  id: text,
  region: text,
  replacesId: textOrNull.meta({ description: "The agent whose place the machine takes; null: it is a new one." }),
  createdAtMs: time,
  createdByName: text,
  expiresAtMs: time,
  state: z.enum(["open", "used", "revoked", "expired"]),
  agentId: textOrNull.meta({ description: "The agent that it made." }),
};

export const enrolmentAnswer = answerOf<EnrolmentView>()(z.strictObject(enrolment).meta({ id: "Enrolment" }));

export const createdEnrolmentAnswer = answerOf<CreatedEnrolmentView>()(
  z.strictObject({ ...enrolment, token: text }).meta({ id: "CreatedEnrolment" }),
);
