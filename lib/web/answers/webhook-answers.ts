import { z } from "zod";
import type { IntegrationView, PushesView, PushView } from "../../client/integration-types.ts";
import type {
  AttemptView,
  DeliveriesView,
  DeliveryView,
  WebhookSecretView,
  WebhookView,
} from "../../client/webhook-types.ts";
import { EVENT_TYPES } from "../../domain/event.ts";
import type { IntegrationSettings, Variable } from "../../domain/integration.ts";
import { answerOf, count, countOrNull, nextPage, text, textOrNull, time, timeOrNull } from "./answer-schema.ts";
import { covered, namedOrGone } from "./answer-shapes.ts";

export const attemptAnswer = answerOf<AttemptView>()(
  z
    .strictObject({
      n: count,
      timeMs: time,
      durationMs: z.number(),
      status: countOrNull.meta({ description: "The HTTP status that answered; null: none did." }),
      error: textOrNull.meta({ description: "What went wrong; null: nothing." }),
      answer: textOrNull.meta({ description: "The beginning of what was answered." }),
    })
    .meta({ id: "Attempt" }),
);

export const webhookAnswer = answerOf<WebhookView>()(
  z
    .strictObject({
      id: text,
      name: text,
      url: text,
      types: z.union([z.literal("all"), z.array(z.enum(EVENT_TYPES))]),
      databases: covered.meta({ description: "Without a name: one that is gone for good." }),
      active: z.boolean(),
      problem: textOrNull.meta({ description: "Why it was switched off where nobody did." }),
      formerUntilMs: timeOrNull.meta({
        description: "Until when the former secret signs as well; null: there is none.",
      }),
      createdAtMs: time,
      createdBy: textOrNull,
      pending: count.meta({ description: "Deliveries that are still to be made." }),
      lastDeliveredMs: timeOrNull,
      lastAttempt: attemptAnswer
        .extend({ ok: z.boolean() })
        .nullable()
        .meta({ description: "The newest attempt of all, whatever came of it." }),
    })
    .meta({ id: "Webhook" }),
);

export const webhookSecretAnswer = answerOf<WebhookSecretView>()(
  z.strictObject({ webhook: webhookAnswer, secret: text }).meta({ id: "WebhookSecret" }),
);

export const deliveryAnswer = answerOf<DeliveryView>()(
  z
    .strictObject({
      id: text,
      eventId: text.meta({
        description: "What receivers read in `webhook-id`; the same for every attempt and for a replay.",
      }),
      type: z.enum([...EVENT_TYPES, "webhook.test"]),
      database: namedOrGone.nullable(),
      status: z.enum(["failed", "cancelled", "pending", "delivered"]),
      nextAtMs: timeOrNull.meta({ description: "When it is tried next; null once it has ended." }),
      createdAtMs: time,
      endedAtMs: timeOrNull,
      attempts: z.array(attemptAnswer),
      payload: text.meta({ description: "The body that is sent, to the byte." }),
    })
    .meta({ id: "Delivery" }),
);

export const deliveriesAnswer = answerOf<DeliveriesView>()(
  z.strictObject({ deliveries: z.array(deliveryAnswer), next: nextPage }).meta({ id: "Deliveries" }),
);

export const integrationSettingsAnswer = answerOf<IntegrationSettings>()(
  z
    .union([
      z.strictObject({ kind: z.literal("http") }),
      z.strictObject({
        kind: z.literal("vercel"),
        project: text,
        teamId: textOrNull,
        targets: z.array(z.enum(["preview", "production", "development"])).readonly(),
      }),
    ])
    .meta({ id: "IntegrationSettings" }),
);

export const variableAnswer = answerOf<Variable>()(
  z
    .strictObject({
      name: text,
      holds: z.enum(["connection", "database_id", "database_name", "restore_id", "restored_to", "restored_at"]),
    })
    .meta({ id: "Variable" }),
);

export const pushAnswer = answerOf<PushView>()(
  z
    .strictObject({
      id: text,
      database: namedOrGone,
      restoreId: textOrNull.meta({
        description: "The restore or cutover that asked for it; null: somebody did by hand.",
      }),
      status: z.enum(["failed", "pending", "pushed"]),
      names: z.array(text).meta({ description: "The names of the variables; empty until it was tried." }),
      attempts: count,
      nextAtMs: timeOrNull,
      error: textOrNull.meta({ description: "What went wrong at the last attempt." }),
      createdAtMs: time,
      endedAtMs: timeOrNull,
    })
    .meta({ id: "Push" }),
);

export const integrationAnswer = answerOf<IntegrationView>()(
  z
    .strictObject({
      id: text,
      name: text,
      baseUrl: text.meta({ description: "Fixed, like `settings`: what was pushed went there." }),
      settings: integrationSettingsAnswer,
      databases: covered.meta({ description: "Without a name: one that is gone for good." }),
      variables: z.array(variableAnswer),
      active: z.boolean(),
      createdAtMs: time,
      createdBy: textOrNull,
      lastPush: pushAnswer.nullable(),
      pending: count.meta({ description: "Pushes that are still to be made." }),
    })
    .meta({ id: "Integration" }),
);

export const pushesAnswer = answerOf<PushesView>()(
  z.strictObject({ pushes: z.array(pushAnswer), next: nextPage }).meta({ id: "Pushes" }),
);
