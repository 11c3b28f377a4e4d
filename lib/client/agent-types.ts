/** Agents as our own REST routes answer them. Times are Unix milliseconds. */
export type AgentView = {
  id: string;
  region: string;
  /** `running`: seen within the last minute. `silent`: not any more. `enrolled`: has not started yet. */
  state: "running" | "silent" | "enrolled" | "retired";
  /** Whether this console has just asked it and was answered; null where it was not asked. */
  answers: boolean | null;
  /** Why it did not answer. */
  problem: string | null;
  /** Of the machine; null before its first start. */
  hostName: string | null;
  /** How consoles of other machines reach it; null: over its socket alone. */
  address: string | null;
  version: string | null;
  seenAtMs: number | null;
  startedAtMs: number | null;
  enrolledAtMs: number | null;
  retiredAtMs: number | null;
  retiredBy: string | null;
  /** Those whose files or log it has, deleted ones in their grace period included. */
  databases: number;
  /** Of its data directory; null where it did not answer. */
  disk: { freeBytes: number; sizeBytes: number } | null;
};

/** A one-time token that somebody has made for a machine. */
export type EnrolmentView = {
  id: string;
  region: string;
  /** The agent whose place the machine takes; null: a new one. */
  replacesId: string | null;
  createdAtMs: number;
  createdByName: string;
  expiresAtMs: number;
  state: "open" | "used" | "revoked" | "expired";
  /** The agent that it made. */
  agentId: string | null;
};

/** `token` is told this once. */
export type CreatedEnrolmentView = EnrolmentView & { token: string };

/** GET /api/namespaces/:ns/agents. `isShared`: the metadata lies where other machines reach it. */
export type AgentsView = { agents: AgentView[]; isShared: boolean };
