import { createEnrolment } from "../../../../../../lib/services/agents/create-enrolment.ts";
import { pageEnrolments } from "../../../../../../lib/services/agents/list-enrolments.ts";
import { createEnrolmentSchema } from "../../../../../../lib/web/agent-schemas.ts";
import { createdEnrolmentAnswer, enrolmentAnswer } from "../../../../../../lib/web/answers/agent-answers.ts";
import { pageOf } from "../../../../../../lib/web/answers/answer-schema.ts";
import { GUARDED_ERRORS } from "../../../../../../lib/web/operation-errors.ts";
import { pageQuerySchema } from "../../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listEnrolments",
      tag: "Agents",
      summary: "List the tokens that were made for machines",
      action: "agent.list",
      answers: {
        200: { says: "A page, newest first, never the tokens.", schema: pageOf("enrolments", enrolmentAnswer) },
      },
    },
    query: pageQuerySchema,
    handle: async ({ ctx, param, query }) => json(await pageEnrolments(ctx, { namespace: param("ns"), ...query })),
  }),
  POST: endpoint({
    operation: {
      id: "createEnrolment",
      tag: "Agents",
      summary: "Make a one-time token for a machine",
      description:
        "With it `lastgood enrol` makes a machine an agent, within an hour and once. It gives the machine this installation's secret.",
      action: "agent.enrol",
      answers: { 201: { says: "The token, told this once.", schema: createdEnrolmentAnswer } },
      errors: [...GUARDED_ERRORS, "not_supported"],
    },
    body: createEnrolmentSchema,
    handle: async ({ ctx, param, body }) => json(await createEnrolment(ctx, { namespace: param("ns"), ...body }), 201),
  }),
});
