import { z } from "zod";
import { ROLES } from "../domain/actions.ts";
import { INVITATION_HOURS } from "../domain/member-rules.ts";
import { emailSchema } from "../domain/names.ts";

/** What routes and server actions take about members. */
const roleSchema = z.enum(ROLES, { error: `A role is one of ${ROLES.join(", ")}.` });

export const roleBodySchema = z.strictObject({ role: roleSchema });

export const inviteBodySchema = z.strictObject({
  email: emailSchema,
  role: roleSchema,
  expiresInHours: z
    .int("Give a whole number of hours.")
    .min(INVITATION_HOURS.least, "An invitation lasts at least one hour.")
    .max(INVITATION_HOURS.most, "An invitation lasts at most 30 days.")
    .optional(),
});

export const writeRightBodySchema = z.strictObject({
  /** Its id or name. */
  database: z.string().min(1, "Name the database.").max(64, "This is no database's name."),
  mayWrite: z.boolean("mayWrite is true or false."),
});
