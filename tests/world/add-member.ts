import { randomUUID } from "node:crypto";
import { openMetadata } from "../../lib/db/client.ts";
import { nowMs } from "../../lib/db/epoch-ms.ts";
import type { Role } from "../../lib/domain/actions.ts";
import type { MetadataPlace } from "../../lib/metadata-place.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";
import { hashPassword } from "../../lib/services/auth/hash-password.ts";

export type Member = { email: string; password: string };

/** Writes a user and their role in a namespace straight into the metadata of a running Lastgood. */
export async function addMember(
  data: string,
  namespace: string,
  role: Role,
  place: MetadataPlace = { provider: "sqlite", file: runtimePaths(data).metadata },
): Promise<Member> {
  const member = { email: `${role}-${randomUUID().slice(0, 8)}@example.com`, password: "a quiet little password" };
  const db = openMetadata(place);
  try {
    const { id: namespaceId } = await db.namespace.findUniqueOrThrow({ where: { slug: namespace } });
    const userId = randomUUID();
    const createdAtMs = nowMs();
    await db.user.create({
      data: { id: userId, email: member.email, passwordHash: await hashPassword(member.password), createdAtMs },
    });
    await db.membership.create({ data: { namespaceId, userId, role, createdAtMs } });
  } finally {
    await db.$disconnect();
  }
  return member;
}
