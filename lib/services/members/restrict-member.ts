import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { perform } from "../perform.ts";
import { findMember, requireWithin } from "./find-member.ts";

/**
 * Takes a member's right to write to one database, or gives it back. It counts from their next call on, for their API
 * tokens as well. Roles other than `member` either write everywhere or nowhere: `conflict`.
 */
export async function restrictMember(
  ctx: CallContext,
  input: { namespace: string; userId: string; database: string; mayWrite: boolean },
): Promise<void> {
  const { namespace, userId, database, mayWrite } = input;
  await perform(ctx, "member.restrict", { namespace }, async ({ db, principal, note }) => {
    const member = await findMember(db, principal, userId);
    const { id: databaseId, name } = await findDatabase(db, principal, database);
    const where = { databaseId_userId: { databaseId, userId: member.userId } };
    const couldWrite = (await db.writeWithdrawal.findUnique({ where })) === null;
    note(
      { kind: "user", id: member.userId },
      { email: member.email, databaseId, database: name, before: couldWrite, after: mayWrite },
    );
    requireWithin(principal, member.role);
    if (mayWrite) {
      await requireConfirmed(ctx, db);
      await db.writeWithdrawal.deleteMany({ where: { databaseId, userId: member.userId } });
      return;
    }
    if (member.role !== "member") {
      throw new LastgoodError(
        "conflict",
        `${member.email} is ${member.role === "viewer" ? "a" : "an"} ${member.role}.`,
        {
          hint: "The write right to single databases is taken from members. Change the role first.",
        },
      );
    }
    if (!couldWrite) return;
    await db.writeWithdrawal.create({
      data: { databaseId, userId: member.userId, createdAtMs: nowMs(), createdBy: principal.name },
    });
  });
}
