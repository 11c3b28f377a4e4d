import { z } from "zod";
import type {
  AuditEntryView,
  AuditPageView,
  AuditStatusView,
  CreatedTokenView,
  TokenView,
} from "../../client/api-types.ts";
import type { InvitationView, MemberView, NewInvitationView } from "../../client/member-types.ts";
import { ALL_ACTIONS, ROLES } from "../../domain/actions.ts";
import type { AuditAnchor } from "../../domain/audit-chain.ts";
import { answerOf, countOrNull, nextPage, text, textOrNull, time, timeOrNull } from "./answer-schema.ts";
import { covered, namedOrGone } from "./answer-shapes.ts";

export const memberAnswer = answerOf<MemberView>()(
  z
    .strictObject({
      userId: text,
      email: text,
      role: z.enum(ROLES),
      sinceMs: time,
      isYou: z.boolean(),
      secondFactor: z
        .boolean()
        .nullable()
        .meta({ description: "Whether a second factor is asked of them; null for those who may not change members." }),
      lastSeenMs: timeOrNull.meta({
        description:
          "When they last used the console or signed in; null when never, or for those who may not change members.",
      }),
      readOnly: z
        .array(z.strictObject({ databaseId: text, name: text }))
        .meta({ description: "The databases that they may only read although their role would write." }),
    })
    .meta({ id: "Member" }),
);

export const invitationAnswer = answerOf<InvitationView>()(
  z
    .strictObject({
      id: text,
      email: text,
      role: z.enum(ROLES),
      invitedBy: text,
      createdAtMs: time,
      expiresAtMs: time,
      state: z.enum(["void", "open", "expired"]),
    })
    .meta({ id: "Invitation" }),
);

export const newInvitationAnswer = answerOf<NewInvitationView>()(
  z.strictObject({ invitation: invitationAnswer, link: text }).meta({ id: "NewInvitation" }),
);

export const tokenAnswer = answerOf<TokenView>()(
  z
    .strictObject({
      id: text,
      name: text,
      prefix: text.meta({ description: "Its first characters, to tell it from others." }),
      owner: z.strictObject({ userId: text, email: text, role: z.enum(ROLES).nullable() }),
      actions: z.union([z.literal("all"), z.array(z.enum(ALL_ACTIONS))]).meta({ description: "As they were given." }),
      actionsNow: z
        .array(z.enum(ALL_ACTIONS))
        .meta({ description: "Those that count now: never more than its owner may." }),
      databases: covered.meta({ description: "A database that was purged has no name any more." }),
      ratePerMinute: countOrNull.meta({ description: "Calls a minute; null: no limit." }),
      createdAtMs: time,
      expiresAtMs: timeOrNull,
      lastUsedMs: timeOrNull.meta({ description: "To the minute." }),
      lastAddress: textOrNull,
      revokedAtMs: timeOrNull,
      revokedBy: textOrNull,
      state: z
        .enum(["active", "expired", "revoked", "ownerless"])
        .meta({ description: "`ownerless`: whoever made it is no member any more, so it opens nothing." }),
      mayRevoke: z.boolean(),
    })
    .meta({ id: "Token" }),
);

export const createdTokenAnswer = answerOf<CreatedTokenView>()(
  tokenAnswer
    .extend({
      token: text,
    })
    .meta({ id: "CreatedToken" }),
);

export const auditEntryAnswer = answerOf<AuditEntryView>()(
  z
    .strictObject({
      seq: text.meta({ description: "Decimal: numbers beyond 2^53 must survive JSON." }),
      id: text,
      timeMs: time,
      actor: z.strictObject({ kind: text, id: textOrNull, name: textOrNull }),
      action: text,
      outcome: text,
      target: z.strictObject({ kind: text, id: text }).nullable(),
      database: namedOrGone
        .nullable()
        .meta({ description: "The database it is about; its name is null once nobody knows it any more." }),
      address: textOrNull,
      requestId: text,
      detail: z.record(z.string(), z.unknown()),
      hash: text,
    })
    .meta({ id: "AuditEntry" }),
);

export const auditPageAnswer = answerOf<AuditPageView>()(
  z.strictObject({ entries: z.array(auditEntryAnswer), next: nextPage }).meta({ id: "AuditPage" }),
);

export const auditStatusAnswer = answerOf<AuditStatusView>()(
  z
    .strictObject({
      ok: z.boolean(),
      checked: z.strictObject({ from: text, to: text, toMs: timeOrNull }),
      finding: z.strictObject({ seq: text, message: text }).nullable(),
      anchor: z.strictObject({ seq: text, timeMs: time }).nullable(),
    })
    .meta({ id: "AuditStatus" }),
);

export const auditAnchorAnswer = answerOf<AuditAnchor>()(
  z
    .strictObject({
      version: z.literal(1),
      seq: text.meta({ description: "Decimal." }),
      link: text,
      timeMs: time,
      keyId: text,
      mac: text,
    })
    .meta({ id: "AuditAnchor" }),
);
