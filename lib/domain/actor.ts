import type { Action, Role } from "./actions.ts";

/** The databases of its namespace that a caller sees, by id: everything else reads as absent. */
export type DatabaseScope = "all" | readonly string[];

/** Who is acting. A token carries its own scopes, but never more than the user it belongs to has. */
export type Actor =
  | { kind: "user"; userId: string; email: string; sessionId: string; sessionVersion: number }
  | {
      kind: "token";
      tokenId: string;
      userId: string;
      namespaceId: string;
      scopes: "all" | readonly Action[];
      databases: DatabaseScope;
    }
  | { kind: "agent"; agentId: string }
  | { kind: "system" };

/** Where a call came from: for the audit log and for limits. */
export type CallOrigin = {
  requestId: string;
  address: string | null;
  /** What the browser calls itself, as it was sent. */
  userAgent?: string | null;
};

/** A membership as the authorisation sees it. */
export type Membership = { namespaceId: string; userId: string; role: Role };
