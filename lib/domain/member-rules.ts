import { ROLES, type Role } from "./actions.ts";

/** Whether `role` is not stronger than `own`: nobody gives a role, or changes somebody, above themselves. */
export function isWithin(own: Role, role: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(own);
}

/** The roles that somebody may give, strongest first. */
export function rolesWithin(own: Role): Role[] {
  return ROLES.filter((role) => isWithin(own, role));
}

export const INVITATION_HOURS = { least: 1, most: 30 * 24, usual: 7 * 24 } as const;
