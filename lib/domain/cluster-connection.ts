import { z } from "zod";

/** How somebody reaches a PostgreSQL server. Holds a secret: never in an argument, a log or an error. */
export const clusterConnectionSchema = z.object({
  host: z.string().min(1),
  port: z.number().int().min(1).max(65535),
  user: z.string().min(1),
  password: z.string(),
  database: z.string().min(1),
  sslMode: z.enum(["disable", "prefer", "require", "verify-full"]),
});
export type ClusterConnection = z.infer<typeof clusterConnectionSchema>;

/** The connection as one line, as applications take it. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING */
export function connectionString({ host, port, user, password, database, sslMode }: ClusterConnection): string {
  const at = host.includes(":") ? `[${host}]` : encodeURIComponent(host);
  const who = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const ssl = sslMode === "disable" ? "" : `?sslmode=${sslMode}`;
  return `postgresql://${who}@${at}:${port}/${encodeURIComponent(database)}${ssl}`;
}
