export const AUDIT_OUTCOMES = ["done", "denied", "refused"] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** What of the audit log is asked for; nothing given is everything. */
export type AuditFilter = {
  /** Part of the name of the person or token, or their whole id. */
  actor?: string | undefined;
  /** An action (`restore.project`), or what all actions of a subject begin with (`restore.`). */
  action?: string | undefined;
  outcome?: AuditOutcome | undefined;
  /** A database's name or id. */
  database?: string | undefined;
  /** Unix milliseconds, both included. */
  fromMs?: number | undefined;
  toMs?: number | undefined;
};

/** The subjects of actions, by what their names begin with. */
export const AUDIT_SUBJECTS: Readonly<Record<string, string>> = {
  "restore.": "Restores",
  "restore-point.": "Labels",
  "database.": "Databases",
  "approval.": "Approvals",
  "policy.": "Policies",
  "member.": "Members",
  "invitation.": "Invitations",
  "token.": "API tokens",
  "namespace.": "Namespace",
  "session.": "Sign-ins and sessions",
  "account.": "Accounts",
  "audit.": "Audit log",
};
