import type { MetadataReader } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import type { Role } from "../../domain/actions.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import type { Principal } from "../find-principal.ts";

export type DatabaseRow = Prisma.DatabaseGetPayload<Record<string, never>>;

/** Names are unique, and found, whatever their case. */
export const toNameKey = (name: string) => name.toLowerCase();

/**
 * Which rows of databases exist for the caller: those of the namespace, and of them what a token is limited to, with the
 * previews of it.
 */
export function visibleTo({ namespace, databases }: Principal) {
  if (databases === "all") return { namespaceId: namespace.id };
  const ids = [...databases];
  return { namespaceId: namespace.id, OR: [{ id: { in: ids } }, { parentId: { in: ids } }] };
}

/** Finds a database of the caller's namespace by its id, else by its name. Anything else is `not_found`. */
export async function findDatabase(db: MetadataReader, principal: Principal, reference: string): Promise<DatabaseRow> {
  const row = await db.database.findFirst({
    where: {
      AND: [
        visibleTo(principal),
        isUuid(reference) ? { id: reference.toLowerCase() } : { nameKey: toNameKey(reference) },
      ],
      deletedAtMs: null,
    },
  });
  if (!row) {
    throw new LastgoodError("not_found", `There is no database ${reference.slice(0, 64)} in this namespace.`, {
      hint: "Check its name or id; a deleted database is no longer found by either.",
    });
  }
  return row;
}

/** Refuses a database whose first image is not complete, or which could not be protected at all: `not_protected`. */
export function requireProtected(row: DatabaseRow): void {
  if (row.state === "preparing") {
    throw new LastgoodError("not_protected", `${row.name} is still being prepared.`, {
      hint: "Wait until its first full image is complete.",
      retryAfterSeconds: 2,
    });
  }
  if (row.state === "failed") {
    throw new LastgoodError("not_protected", `${row.name} could not be protected: ${row.problem ?? "unknown cause"}`, {
      hint: "Remove it, mend the cause and protect it again.",
    });
  }
}

/**
 * Whether a database takes the caller's writes: a member's right can be withdrawn for single databases. Roles above are
 * not touched by a withdrawal, those below do not write anyway.
 */
export function mayWrite(db: MetadataReader, principal: Principal, row: DatabaseRow): Promise<boolean> {
  return mayPersonWrite(db, principal, row.id);
}

/** The same for somebody who is not the caller. */
export async function mayPersonWrite(
  db: MetadataReader,
  { userId, role }: { userId: string; role: Role },
  databaseId: string,
): Promise<boolean> {
  if (role !== "member") return true;
  const where = { databaseId_userId: { databaseId, userId } };
  return (await db.writeWithdrawal.findUnique({ where, select: { userId: true } })) === null;
}

/** Refuses a member whose right to write to this database was withdrawn: `forbidden`. */
export async function requireWritable(db: MetadataReader, principal: Principal, row: DatabaseRow): Promise<void> {
  if (await mayWrite(db, principal, row)) return;
  throw new LastgoodError("forbidden", `You may read ${row.name}, but not change it.`, {
    hint: "Ask an owner or admin of this namespace to give the write right back.",
  });
}

/** Refuses a typed name that is not exactly the database's. */
export function requireConfirmation(database: DatabaseRow, confirmName: string | undefined): void {
  if (confirmName === undefined || confirmName === database.name) return;
  throw new LastgoodError("confirmation_mismatch", "The name does not match.", {
    field: "confirmName",
    hint: `Type ${database.name} to confirm.`,
  });
}
