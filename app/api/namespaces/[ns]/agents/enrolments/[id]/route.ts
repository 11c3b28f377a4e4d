import { revokeEnrolment } from "../../../../../../../lib/services/agents/list-enrolments.ts";
import { GUARDED_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, noContent, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  DELETE: endpoint({
    operation: {
      id: "revokeEnrolment",
      tag: "Agents",
      summary: "Revoke a token that was made for a machine",
      action: "agent.enrol",
      params: { id: "The enrolment's id." },
      answers: { 204: { says: "It is worthless." } },
      errors: [...GUARDED_ERRORS],
    },
    async handle({ ctx, param }) {
      await revokeEnrolment(ctx, { namespace: param("ns"), enrolmentId: param("id") });
      return noContent();
    },
  }),
});
