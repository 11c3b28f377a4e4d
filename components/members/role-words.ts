import type { Role } from "../../lib/domain/actions.ts";

/** What a role may do, one sentence each. */
export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  owner: "everything, owners and the namespace itself included.",
  admin: "everything but owners and deleting the namespace.",
  member: "data, labels and previews; asks for restores of a project.",
  viewer: "looks at everything, changes nothing.",
};
