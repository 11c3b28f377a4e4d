/** `http`: PUT of a JSON document. `vercel`: the API of Vercel, or of what speaks it. */
export const INTEGRATION_KINDS = ["http", "vercel"] as const;
export type IntegrationKind = (typeof INTEGRATION_KINDS)[number];

export const VERCEL_ADDRESS = "https://api.vercel.com";
export const VERCEL_TARGETS = ["production", "preview", "development"] as const;
export type VercelTarget = (typeof VERCEL_TARGETS)[number];

/** What only one kind has. */
export type IntegrationSettings =
  | { kind: "http" }
  | { kind: "vercel"; project: string; teamId: string | null; targets: readonly VercelTarget[] };

/**
 * What a variable holds, as it is when it is pushed.
 *   connection     where the database is reached: a hosted one's query address, an attached one's `file:` path
 *   database_id, database_name
 *   restore_id     the last restore or cutover of the project that completed
 *   restored_to    the moment that it reached, RFC 3339
 *   restored_at    when it completed, RFC 3339
 */
export const VARIABLE_HOLDS = [
  "connection",
  "database_id",
  "database_name",
  "restore_id",
  "restored_to",
  "restored_at",
] as const;
export type VariableHolds = (typeof VARIABLE_HOLDS)[number];
export type Variable = { name: string; holds: VariableHolds };

export const INTEGRATION_LIMITS = {
  nameLength: 80,
  urlLength: 2000,
  tokenLength: 4000,
  variables: 20,
  databases: 200,
  perNamespace: 20,
} as const;

/** Stands in a variable's name for the database's, in capitals: `{DATABASE}_URL` becomes `SHOP_EU_URL` for shop-eu. */
export const DATABASE_PLACE = "{DATABASE}";

/** Letters, digits and underscores, no digit first, with at most one place for the database's name. */
export function isVariableName(text: string): boolean {
  const parts = text.split(DATABASE_PLACE);
  return text.length <= 128 && parts.length <= 2 && /^[A-Za-z_][A-Za-z0-9_]*$/.test(parts.join("D"));
}

/** The name of a variable for one database. */
export function variableNameFor(name: string, databaseName: string): string {
  const plain = databaseName.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
  const expanded = name.replace(DATABASE_PLACE, plain);
  return /^[0-9]/.test(expanded) ? `_${expanded}` : expanded;
}

export const PUSH_STATUSES = ["pending", "pushed", "failed"] as const;
export type PushStatus = (typeof PUSH_STATUSES)[number];
