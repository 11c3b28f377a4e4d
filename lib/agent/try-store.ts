import { randomUUID } from "node:crypto";
import { LastgoodError } from "../domain/errors.ts";
import type { StoreSettings } from "../services/stores/read-backup-store.ts";
import { readBody } from "../storage/storage.ts";
import { openBucket } from "./backup-stores.ts";

/** What S3 servers call what people get wrong, and what to do about it. */
const KNOWN: Readonly<Record<string, { cause: string; hint: string; field: string }>> = {
  NoSuchBucket: { cause: "There is no such bucket.", hint: "Make it first, or correct its name.", field: "bucket" },
  InvalidAccessKeyId: {
    cause: "The store does not know this access key.",
    hint: "Check the access key ID.",
    field: "accessKeyId",
  },
  SignatureDoesNotMatch: {
    cause: "The secret access key does not fit the access key.",
    hint: "Enter the secret again.",
    field: "secretAccessKey",
  },
  AccessDenied: {
    cause: "The store refuses this access key.",
    hint: "Let it read, write, list and delete objects of this bucket.",
    field: "accessKeyId",
  },
  PermanentRedirect: {
    cause: "The bucket is in another region.",
    hint: "Give the region that the bucket was made in.",
    field: "region",
  },
  AuthorizationHeaderMalformed: {
    cause: "The bucket is in another region.",
    hint: "Give the region that the bucket was made in.",
    field: "region",
  },
  InvalidBucketName: { cause: "This is no name of a bucket.", hint: "Correct it.", field: "bucket" },
  ENOTFOUND: { cause: "No address was found for the endpoint.", hint: "Check its spelling.", field: "endpoint" },
  ECONNREFUSED: {
    cause: "Nothing listens at the endpoint.",
    hint: "Check its port, and that the store runs.",
    field: "endpoint",
  },
};

/**
 * Writes, reads, finds and removes a small object in a bucket, as backups are. Throws `storage_unavailable` with what is wrong in words, and
 * `address_refused`.
 */
export async function tryStore(settings: StoreSettings): Promise<void> {
  const bucket = openBucket(settings);
  const key = `lastgood-test/${randomUUID()}`;
  const text = Buffer.from(`Lastgood tried this store at ${new Date().toISOString()}.\n`);
  try {
    await bucket.put(key, once(text));
    const stored = await bucket.get(key);
    const isSame = stored !== null && (await readBody(stored.body)).equals(text);
    let isListed = false;
    for await (const found of bucket.list("lastgood-test/")) isListed ||= found.key === key;
    await bucket.remove(key);
    if (!isSame || !isListed) throw unusable("What was written does not come back as it was.", "Choose another store.");
  } catch (error) {
    throw explain(error);
  } finally {
    bucket.close();
  }
}

function explain(error: unknown): unknown {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof LastgoodError && cause.code !== "storage_unavailable") return cause;
    const known = KNOWN[cause.name] ?? KNOWN["code" in cause ? String(cause.code) : ""];
    if (known) return unusable(known.cause, known.hint, known.field);
  }
  return error;
}

function unusable(cause: string, hint: string, field?: string): LastgoodError {
  return new LastgoodError("storage_unavailable", cause, {
    hint: `${hint} Nothing was saved.`,
    ...(field !== undefined && { field }),
  });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
