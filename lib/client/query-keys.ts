/** The keys of everything that is cached in the browser, from the general to the special, so that a prefix invalidates. */
export const queryKeys = {
  health: () => ["health"] as const,
  openApi: () => ["openapi"] as const,
  namespace: (namespace: string) => ["namespace", namespace] as const,
  members: (namespace: string) => ["namespace", namespace, "members"] as const,
  agents: (namespace: string) => ["namespace", namespace, "agents"] as const,
  enrolments: (namespace: string) => ["namespace", namespace, "enrolments"] as const,
  invitations: (namespace: string) => ["namespace", namespace, "invitations"] as const,
  audit: (namespace: string, query: object) => ["namespace", namespace, "audit", query] as const,
  auditStatus: (namespace: string) => ["namespace", namespace, "audit-status"] as const,
  tokens: (namespace: string) => ["namespace", namespace, "tokens"] as const,
  webhooks: (namespace: string) => ["namespace", namespace, "webhooks"] as const,
  webhook: (namespace: string, webhookId: string) => [...queryKeys.webhooks(namespace), webhookId] as const,
  deliveries: (namespace: string, webhookId: string, query: object) =>
    [...queryKeys.webhook(namespace, webhookId), "deliveries", query] as const,
  integrations: (namespace: string) => ["namespace", namespace, "integrations"] as const,
  pushes: (namespace: string, integrationId: string) =>
    [...queryKeys.integrations(namespace), integrationId, "pushes"] as const,
  deleted: (namespace: string) => ["namespace", namespace, "deleted"] as const,
  wholeExposure: (namespace: string) => ["namespace", namespace, "exposure"] as const,
  databases: (namespace: string) => ["namespace", namespace, "databases"] as const,
  database: (namespace: string, database: string) => ["namespace", namespace, "database", database] as const,
  databaseView: (namespace: string, database: string) => [...queryKeys.database(namespace, database), "view"] as const,
  exposure: (namespace: string, database: string) => [...queryKeys.database(namespace, database), "exposure"] as const,
  window: (namespace: string, database: string) => [...queryKeys.database(namespace, database), "window"] as const,
  density: (namespace: string, database: string, range: { fromMs: number; toMs: number; buckets: number }) =>
    [...queryKeys.database(namespace, database), "density", range] as const,
  marks: (namespace: string, database: string, range: { fromMs: number; toMs: number }) =>
    [...queryKeys.database(namespace, database), "marks", range] as const,
  commits: (namespace: string, database: string, around: { atMs: number; before: number; after: number }) =>
    [...queryKeys.database(namespace, database), "commits", around] as const,
  bookmark: (namespace: string, database: string, at: { timestampMs: number } | { bookmark: string } | null) =>
    [...queryKeys.database(namespace, database), "bookmark", at] as const,
  snapshots: (namespace: string, database: string) =>
    [...queryKeys.database(namespace, database), "snapshots"] as const,
  view: (namespace: string, database: string, at: unknown, sql: string) =>
    [...queryKeys.database(namespace, database), "view-of", at, sql] as const,
  diff: (namespace: string, database: string, from: string, to: string | null) =>
    [...queryKeys.database(namespace, database), "diff", from, to] as const,
  diffRows: (namespace: string, database: string, query: unknown) =>
    [...queryKeys.database(namespace, database), "diff-rows", query] as const,
  giveBackPlan: (namespace: string, database: string, body: unknown) =>
    [...queryKeys.database(namespace, database), "give-back-plan", body] as const,
  plan: (namespace: string, database: string, source: unknown) =>
    [...queryKeys.database(namespace, database), "plan", source] as const,
  erasures: (namespace: string, database: string) => [...queryKeys.database(namespace, database), "erasures"] as const,
  diskBudgets: (namespace: string) => [...queryKeys.namespace(namespace), "disk-budgets"] as const,
  copies: (namespace: string) => [...queryKeys.namespace(namespace), "copies"] as const,
  copyRestores: (namespace: string) => [...queryKeys.namespace(namespace), "copy-restores"] as const,
  store: (namespace: string) => [...queryKeys.namespace(namespace), "store"] as const,
  backups: (namespace: string, database: string) => [...queryKeys.database(namespace, database), "backups"] as const,
  backup: (namespace: string, database: string, idOrKey: string) =>
    [...queryKeys.backups(namespace, database), idOrKey] as const,
  drills: (namespace: string, database: string) => [...queryKeys.database(namespace, database), "drills"] as const,
  previews: (namespace: string, database: string) => [...queryKeys.database(namespace, database), "previews"] as const,
  cutoverPlan: (namespace: string, database: string, previewId: string) =>
    [...queryKeys.database(namespace, database), "cutover-plan", previewId] as const,
  restores: (namespace: string, database: string) => [...queryKeys.database(namespace, database), "restores"] as const,
  policy: (namespace: string, database: string) => [...queryKeys.database(namespace, database), "policy"] as const,
  schedules: (namespace: string) => ["namespace", namespace, "schedules"] as const,
  schedule: (namespace: string, scheduleId: string) => [...queryKeys.schedules(namespace), scheduleId] as const,
  alarms: (namespace: string, query: object = {}) => ["namespace", namespace, "alarms", query] as const,
  alarmSettings: (namespace: string) => ["namespace", namespace, "alarm-settings"] as const,
  approvals: (namespace: string) => ["namespace", namespace, "approvals"] as const,
  approval: (namespace: string, approvalId: string) => [...queryKeys.approvals(namespace), approvalId] as const,
  restore: (namespace: string, database: string, restoreId: string) =>
    [...queryKeys.restores(namespace, database), restoreId] as const,
};
