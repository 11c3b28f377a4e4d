"use server";

import { z } from "zod";
import { createEnrolment } from "../../lib/services/agents/create-enrolment.ts";
import { revokeEnrolment } from "../../lib/services/agents/list-enrolments.ts";
import { retireAgent } from "../../lib/services/agents/retire-agent.ts";
import { action } from "../../lib/web/action.ts";
import { createEnrolmentSchema } from "../../lib/web/agent-schemas.ts";

const inNamespace = { namespace: z.string().max(64) };

/** Makes a one-time token for a machine; its answer is the only place where that is. */
export const makeEnrolment = action(createEnrolmentSchema.extend(inNamespace), createEnrolment);

/** Makes such a token worthless. */
export const endEnrolment = action(
  z.strictObject({ ...inNamespace, enrolmentId: z.string().max(64) }),
  async (ctx, input) => {
    await revokeEnrolment(ctx, input);
    return null;
  },
);

/** Ends an agent for good. */
export const retire = action(z.strictObject({ ...inNamespace, agentId: z.string().max(64) }), retireAgent);
