import { type MetadataPlace, metadataPlace } from "../metadata-place.ts";
import { PrismaClient as PostgresClient } from "./generated/postgres/client.ts";
import { Prisma, PrismaClient } from "./generated/sqlite/client.ts";
import { metadataUnavailable, UNAVAILABLE } from "./metadata-unavailable.ts";
import { postgresConnections, Unavailable } from "./postgres-connections.ts";
import { sqliteConnections } from "./sqlite-connections.ts";

/** The metadata as services see it, whatever the provider: both clients are made from the same models. */
export type Metadata = PrismaClient;
/** The metadata within or without a transaction. */
export type MetadataReader = Prisma.TransactionClient;
export type MetadataTransaction = Prisma.TransactionClient;

/** A client of its own for a migrated store; whoever opens it disconnects it. */
export function openMetadata(place: MetadataPlace): Metadata {
  if (place.provider === "sqlite") {
    return new PrismaClient({ adapter: sqliteConnections(place.file), errorFormat: "minimal" });
  }
  const client = new PostgresClient({ adapter: postgresConnections(place.url), errorFormat: "minimal" });
  const told = client.$extends({
    query: {
      async $allOperations({ args, query }) {
        try {
          return await query(args);
        } catch (error) {
          throw toUnavailable(error);
        }
      },
    },
  });
  // A union of two clients cannot be called. The models are the same, and so is every call that services make.
  return told as unknown as Metadata;
}

const shared: { lastgoodMetadata?: Metadata } & typeof globalThis = globalThis;

/** The process's one client, opened on first use. It lives on globalThis since Next.js may load this module more than once. */
export function metadata(): Metadata {
  shared.lastgoodMetadata ??= openMetadata(metadataPlace());
  return shared.lastgoodMetadata;
}

/** Closes the process's client: at its end, and between tests. */
export async function closeMetadata(): Promise<void> {
  const open = shared.lastgoodMetadata;
  delete shared.lastgoodMetadata;
  await open?.$disconnect();
}

/** Whether a write was refused since a row with that key exists already. Never looks at the error's meta: providers differ. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2002";
}

/** Whether a transaction lost against another one and the same transaction may succeed when run again. */
export function isTransactionConflict(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && (error.code === "P2034" || error.code === "P1008");
}

/** An error of Prisma's as people may see it where the store did not answer, or not in time; any other stays what it is. */
export function toUnavailable(error: unknown): unknown {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError) && !(error instanceof Unavailable)) return error;
  const { code } = error;
  return code === UNAVAILABLE || code === "P2028" ? metadataUnavailable(error) : error;
}
