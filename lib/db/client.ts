import { localRuntimePaths } from "../runtime-paths.ts";
import { Prisma, PrismaClient } from "./generated/sqlite/client.ts";
import { sqliteConnections } from "./sqlite-connections.ts";

/** The metadata as services see it, whatever the provider. */
export type Metadata = PrismaClient;
/** The metadata within or without a transaction. */
export type MetadataReader = Prisma.TransactionClient;
export type MetadataTransaction = Prisma.TransactionClient;

/** A client of its own for a metadata file; whoever opens it disconnects it. */
export function openMetadata(file: string): Metadata {
  return new PrismaClient({ adapter: sqliteConnections(file), errorFormat: "minimal" });
}

const shared: { lastgoodMetadata?: Metadata } & typeof globalThis = globalThis;

/** The process's one client, opened on first use. It lives on globalThis since Next.js may load this module more than once. */
export function metadata(): Metadata {
  shared.lastgoodMetadata ??= openMetadata(localRuntimePaths().metadata);
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
