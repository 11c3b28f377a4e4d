import { LastgoodError } from "../domain/errors.ts";

/** What a failure of the store is called where Prisma carries it; see `PrismaClientKnownRequestError.code`. */
export const UNAVAILABLE = "metadata_unavailable" satisfies LastgoodError["code"];

/**
 * The store does not answer, or not now. `cause` is told in a few words of the driver's, which hold no password; the
 * driver's own error is left behind, since its fields name the connection.
 */
export function metadataUnavailable(cause: unknown, hint = "It is tried again with each call."): LastgoodError {
  const code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? ` (${cause.code})` : "";
  const reason = new Error(`${cause instanceof Error ? cause.message : "unknown"}${code}`);
  return new LastgoodError(
    UNAVAILABLE,
    "The metadata store does not answer.",
    { hint: `${hint} Capture and the databases themselves go on.`, retryAfterSeconds: 2 },
    { cause: reason },
  );
}
