import type { Role } from "../domain/actions.ts";

/** One row of GET /api/namespaces/:ns/members → {members: MemberView[]}, by e-mail. */
export type MemberView = {
  userId: string;
  email: string;
  role: Role;
  sinceMs: number;
  isYou: boolean;
  /** Whether a second factor is asked of them; null for those who may not change members. */
  secondFactor: boolean | null;
  /** When they last used the console or signed in; null when never, or for those who may not change members. */
  lastSeenMs: number | null;
  /** The databases that they may only read although their role would write. */
  readOnly: { databaseId: string; name: string }[];
};

/** `void`: whoever invited may not give this role any more. */
export type InvitationState = "open" | "expired" | "void";

/** One row of GET /api/namespaces/:ns/invitations → {invitations: InvitationView[]}, newest first: those not accepted yet. */
export type InvitationView = {
  id: string;
  email: string;
  role: Role;
  invitedBy: string;
  createdAtMs: number;
  expiresAtMs: number;
  state: InvitationState;
};

/** POST /api/namespaces/:ns/invitations: the only time that the link is told. */
export type NewInvitationView = { invitation: InvitationView; link: string };

/** What an invitation's page shows to whoever has its link. */
export type OfferView = {
  namespace: { slug: string; name: string };
  email: string;
  role: Role;
  invitedBy: string;
  expiresAtMs: number;
  /** Whether there is an account for this e-mail already: then its owner signs in. */
  hasAccount: boolean;
};
