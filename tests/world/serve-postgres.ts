import { migratePostgres } from "../../lib/db/migrate-postgres.ts";
import { databaseUrl, runOnServer, SERVER, TEMPLATE } from "./make-store.ts";
import { startPostgres } from "./start-postgres.ts";

/** Starts the server that the tests on PostgreSQL make their databases on, and takes it away at their end. */
export default async function servePostgres(): Promise<() => Promise<void>> {
  const server = await startPostgres();
  process.env[SERVER] = server.url();
  try {
    await runOnServer(`CREATE DATABASE ${TEMPLATE}`);
    await migratePostgres(databaseUrl(TEMPLATE));
  } catch (error) {
    await server.remove();
    throw error;
  }
  return async () => {
    delete process.env[SERVER];
    await server.remove();
  };
}
