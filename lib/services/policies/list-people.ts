import type { MetadataReader } from "../../db/client.ts";
import { isRole, type Role } from "../../domain/actions.ts";

/** Somebody with a role in a namespace. */
export type NamedPerson = { userId: string; name: string; role: Role };

/** Everybody with a role in a namespace now, by name. */
export async function listPeople(db: MetadataReader, namespaceId: string): Promise<NamedPerson[]> {
  const rows = await db.membership.findMany({
    where: { namespaceId },
    include: { user: { select: { email: true } } },
    orderBy: { user: { email: "asc" } },
  });
  return rows.flatMap(({ userId, role, user }) => (isRole(role) ? [{ userId, role, name: user.email }] : []));
}
