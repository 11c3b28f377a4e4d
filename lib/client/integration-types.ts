import type { IntegrationSettings, PushStatus, Variable } from "../domain/integration.ts";

/** One row of GET /api/namespaces/:ns/integrations → {integrations: IntegrationView[]}, oldest first. Its token is nowhere in it. */
export type IntegrationView = {
  id: string;
  name: string;
  /** Fixed, like `settings`: what was pushed went there. */
  baseUrl: string;
  settings: IntegrationSettings;
  /** Without a name: one that is gone for good. */
  databases: "all" | { id: string; name: string | null }[];
  variables: Variable[];
  active: boolean;
  createdAtMs: number;
  createdBy: string | null;
  lastPush: PushView | null;
  /** Pushes that are still to be made. */
  pending: number;
};

/** One row of GET …/integrations/:id/pushes?after=&limit= → PushesView, newest first. The values stand nowhere. */
export type PushView = {
  id: string;
  database: { id: string; name: string | null };
  /** The restore or cutover that asked for it; null: somebody did by hand. */
  restoreId: string | null;
  status: PushStatus;
  /** The names of the variables; empty until it was tried. */
  names: string[];
  attempts: number;
  nextAtMs: number | null;
  /** What went wrong at the last attempt. */
  error: string | null;
  createdAtMs: number;
  endedAtMs: number | null;
};

export type PushesView = {
  pushes: PushView[] /** For `after` of the next page; null: there is none. */;
  next: string | null;
};
