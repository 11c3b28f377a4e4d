import { enrolmentAnswerSchema, enrolmentRequestSchema } from "../../../lib/domain/enrolment.ts";
import { acceptEnrolment } from "../../../lib/services/agents/accept-enrolment.ts";
import { openRoute } from "../../../lib/web/open-route.ts";
import { readJsonBody } from "../../../lib/web/read-json-body.ts";
import { json } from "../../../lib/web/route.ts";

const BODY_LIMIT_BYTES = 16 * 1024;

/** For machines that have a one-time token, which they prove without sending it. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = openRoute({
  POST: {
    operation: {
      id: "enrol",
      tag: "Agents",
      summary: "Make this machine an agent",
      description: "What `lastgood enrol` calls. The one-time token is proved and not sent, and the answer encrypted.",
      action: null,
      body: enrolmentRequestSchema,
      answers: { 201: { says: "What the machine keeps, sealed.", schema: enrolmentAnswerSchema } },
      errors: ["not_found", "conflict", "rate_limited", "payload_too_large", "unsupported_media_type"],
    },
    async run(request, origin) {
      const body = enrolmentRequestSchema.parse(await readJsonBody(request, BODY_LIMIT_BYTES));
      return json(await acceptEnrolment(origin, body), 201);
    },
  },
});
