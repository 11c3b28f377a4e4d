import type { Action, Role } from "./actions.ts";

/** Who is acting. A token carries its own scopes, but never more than the user it belongs to has. */
export type Actor =
  | { kind: "user"; userId: string; email: string; sessionId: string; sessionVersion: number }
  | { kind: "token"; tokenId: string; userId: string; namespaceId: string; scopes: "all" | readonly Action[] }
  | { kind: "agent"; agentId: string }
  | { kind: "system" };

/** Where a call came from: for the audit log and for limits. */
export type CallOrigin = { requestId: string; address: string | null };

/** A membership as the authorisation sees it. */
export type Membership = { namespaceId: string; userId: string; role: Role };
