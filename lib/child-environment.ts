/** What opens databases of others, or runs SQL of others, has no business with the metadata, nor with sessions. */
const SECRETS = new Set([
  "DATABASE_URL",
  "PGPASSWORD",
  "LASTGOOD_SECRET",
  "LASTGOOD_METRICS_TOKEN",
  "LASTGOOD_COPY_ACCESS_KEY",
  "LASTGOOD_COPY_SECRET_KEY",
  "LASTGOOD_SMTP_URL",
  "LASTGOOD_HEARTBEAT_URL",
  "LASTGOOD_INIT_TOKEN",
  "LASTGOOD_INIT_OWNER_PASSWORD",
]);

/** The environment of a process that this one starts for a database: its own, without secrets. */
export function childEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, ...Object.fromEntries([...SECRETS].map((name) => [name, undefined])) };
}
