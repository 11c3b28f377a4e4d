import type { Agent as HttpAgent } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  PutObjectRetentionCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { assert } from "../domain/assert.ts";
import { LastgoodError } from "../domain/errors.ts";
import {
  type ByteRange,
  requireKey,
  type Storage,
  type StoredBytes,
  type StoredObject,
  storageUnavailable,
} from "./storage.ts";

export type S3Settings = {
  bucket: string;
  /** Begins every key, as `lastgood/`; "" for none. */
  prefix: string;
  region: string;
  /** Absent: AWS itself. */
  endpoint?: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** The bucket's name in the path instead of the host's name, as most own servers want it. */
  usesPathStyle: boolean;
  /** Make the connections; absent: the client's own, which go wherever the endpoint leads. */
  agents?: { httpAgent: HttpAgent; httpsAgent: HttpsAgent };
  /** Objects are locked for so many days: nobody may remove or replace that version. The bucket has to have object lock. */
  lockDays?: number;
  /** Only for reading: what was stored by that time, Unix milliseconds, and is still there, though it may be hidden. The bucket has to keep versions. */
  asOfMs?: number;
  /** A store that says nothing for so long has failed, milliseconds; absent: a minute. */
  silenceMs?: number;
};

type Version = StoredObject & { versionId: string };

/** S3 takes no smaller part but the last; a body is in memory a few parts at a time. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 2;
const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 60_000;

/**
 * Objects in a bucket of S3 or of a server that speaks its protocol. A body goes up in parts, which nobody sees before the upload is
 * completed; an upload that fails is taken back.
 */
export class S3Storage implements Storage {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #lockDays: number;
  readonly #asOfMs: number | null;
  readonly #ending = new AbortController();
  #past: Promise<Map<string, Version>> | null = null;

  constructor(settings: S3Settings) {
    const { bucket, prefix, region, endpoint, accessKeyId, secretAccessKey, usesPathStyle, agents } = settings;
    this.#lockDays = settings.lockDays ?? 0;
    this.#asOfMs = settings.asOfMs ?? null;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#client = new S3Client({
      region,
      credentials: { accessKeyId, secretAccessKey },
      forcePathStyle: usesPathStyle,
      ...(endpoint !== undefined && { endpoint }),
      // Not every server knows the checksums that newer clients add; what is stored has checksums of its own.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        socketTimeout: settings.silenceMs ?? SILENCE_TIMEOUT_MS,
        ...agents,
      },
    });
  }

  async put(key: string, body: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<{ sizeBytes: number }> {
    this.#requirePresent();
    const counted = new CountedBody(body);
    const upload = new Upload({
      client: this.#client,
      params: {
        Bucket: this.#bucket,
        Key: this.#keyOf(key),
        Body: Readable.from(counted, { objectMode: false }),
        ...lockOf(this.#lockDays),
      },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
      leavePartsOnError: false,
    });
    const abort = () => void upload.abort();
    signal?.addEventListener("abort", abort, { once: true });
    this.#ending.signal.addEventListener("abort", abort, { once: true });
    try {
      signal?.throwIfAborted();
      this.#ending.signal.throwIfAborted();
      await upload.done();
      // Not every server locks what came in parts, though it was asked to.
      if (counted.sizeBytes >= PART_BYTES) await this.lock(key);
      return { sizeBytes: counted.sizeBytes };
    } catch (error) {
      signal?.throwIfAborted();
      if (counted.failure) throw counted.failure.error;
      throw this.#lockDays > 0 && isInvalid(error) ? lockRefused(key, error) : explain(`Storing ${key}`, error);
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#ending.signal.removeEventListener("abort", abort);
    }
  }

  async get(key: string, range?: ByteRange): Promise<StoredBytes | null> {
    if (range && range.length === 0) {
      const found = await this.find(key);
      return found && { sizeBytes: found.sizeBytes, body: nothing() };
    }
    const Key = this.#keyOf(key);
    const Range = range && `bytes=${range.start}-${range.start + range.length - 1}`;
    const version = this.#asOfMs === null ? null : (await this.#versions()).get(key);
    if (version === undefined) return null;
    const what = {
      Bucket: this.#bucket,
      Key,
      ...(Range && { Range }),
      ...(version && { VersionId: version.versionId }),
    };
    const answer = await this.#ask(`Reading ${key}`, () =>
      this.#client.send(new GetObjectCommand(what), this.#options),
    );
    if (!answer) return null;
    const { from, sizeBytes } = extentOf(answer);
    assert(answer.Body instanceof Readable && Number.isSafeInteger(sizeBytes), "S3 answers with a body and its size");
    const wanted = range ?? { start: 0, length: sizeBytes };
    return { sizeBytes, body: readAll(answer.Body, key, wanted.start - from, wanted.length) };
  }

  async find(key: string): Promise<StoredObject | null> {
    const Key = this.#keyOf(key);
    if (this.#asOfMs !== null) return (await this.#versions()).get(key) ?? null;
    const found = await this.#ask(`Looking for ${key}`, () =>
      this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key }), this.#options),
    );
    return found && { key, sizeBytes: found.ContentLength ?? 0, modifiedMs: found.LastModified?.getTime() ?? 0 };
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    if (this.#asOfMs !== null) {
      for (const version of (await this.#versions()).values()) if (version.key.startsWith(prefix)) yield version;
      return;
    }
    for (let after: string | undefined, more = true; more; ) {
      const page = await this.#ask("Listing the store", () =>
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: `${this.#prefix}${prefix}`,
            ...(after !== undefined && { ContinuationToken: after }),
          }),
          this.#options,
        ),
      );
      for (const { Key = "", Size = 0, LastModified } of page?.Contents ?? []) {
        yield { key: Key.slice(this.#prefix.length), sizeBytes: Size, modifiedMs: LastModified?.getTime() ?? 0 };
      }
      after = page?.NextContinuationToken;
      more = page?.IsTruncated === true && after !== undefined;
    }
  }

  async remove(key: string): Promise<void> {
    const Key = this.#keyOf(key);
    this.#requirePresent();
    await this.#ask(`Removing ${key}`, () =>
      this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key }), this.#options),
    );
  }

  /** Locks an object, or for longer than it is: from now on for `lockDays`. One that is not there stays so. Throws `storage_unavailable`. */
  async lock(key: string): Promise<void> {
    const { ObjectLockRetainUntilDate } = lockOf(this.#lockDays);
    if (!ObjectLockRetainUntilDate) return;
    const Retention = { Mode: "COMPLIANCE", RetainUntilDate: ObjectLockRetainUntilDate } as const;
    const what = { Bucket: this.#bucket, Key: this.#keyOf(key), Retention, ChecksumAlgorithm: "CRC32" } as const;
    try {
      await this.#ask(`Locking ${key}`, () => this.#client.send(new PutObjectRetentionCommand(what), this.#options));
    } catch (error) {
      // A lock is never made shorter: one that was set for more days than today's setting is as good.
      if (!(await this.#isLockedUntil(key, ObjectLockRetainUntilDate))) throw error;
    }
  }

  async #isLockedUntil(key: string, until: Date): Promise<boolean> {
    const what = { Bucket: this.#bucket, Key: this.#keyOf(key) };
    const found = await this.#ask(`Looking for ${key}`, () =>
      this.#client.send(new HeadObjectCommand(what), this.#options),
    );
    return found?.ObjectLockMode === "COMPLIANCE" && (found.ObjectLockRetainUntilDate ?? 0) >= until;
  }

  /** Whether objects of the bucket can be locked. Throws `storage_unavailable`. */
  async hasObjectLock(): Promise<boolean> {
    const found = await this.#ask("Looking for the bucket's object lock", () =>
      this.#client.send(new GetObjectLockConfigurationCommand({ Bucket: this.#bucket }), this.#options),
    );
    return found?.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled";
  }

  /** Ends what is under way, with `storage_unavailable`, and open connections. */
  close(): void {
    this.#ending.abort();
    this.#client.destroy();
  }

  get #options() {
    return { abortSignal: this.#ending.signal };
  }

  #requirePresent(): void {
    assert(this.#asOfMs === null, "nobody writes to what was there at a time");
  }

  #versions(): Promise<Map<string, Version>> {
    this.#past ??= this.#readVersions(this.#asOfMs ?? 0);
    return this.#past;
  }

  /**
   * Of each key the newest version of that time that is still there. That it was removed by then counts for nothing: an earlier state,
   * which is all that is left sometimes, may need it.
   */
  async #readVersions(asOfMs: number): Promise<Map<string, Version>> {
    const newest = new Map<string, Version>();
    let after: Pick<ListObjectVersionsCommandOutput, "NextKeyMarker" | "NextVersionIdMarker"> | null = {};
    while (after) {
      const what: ListObjectVersionsCommandInput = {
        Bucket: this.#bucket,
        Prefix: this.#prefix,
        KeyMarker: after.NextKeyMarker,
        VersionIdMarker: after.NextVersionIdMarker,
      };
      const page: ListObjectVersionsCommandOutput | null = await this.#ask("Listing versions of the store", () =>
        this.#client.send(new ListObjectVersionsCommand(what), this.#options),
      );
      for (const { Key = "", LastModified, Size = 0, VersionId = "null" } of page?.Versions ?? []) {
        const key = Key.slice(this.#prefix.length);
        const modifiedMs = LastModified?.getTime() ?? 0;
        const isNewer = modifiedMs > (newest.get(key)?.modifiedMs ?? Number.NEGATIVE_INFINITY);
        if (modifiedMs <= asOfMs && isNewer)
          newest.set(key, { key, modifiedMs, sizeBytes: Size, versionId: VersionId });
      }
      after = page?.IsTruncated && page.NextKeyMarker !== undefined ? page : null;
    }
    return newest;
  }

  #keyOf(key: string): string {
    return `${this.#prefix}${requireKey(key)}`;
  }

  /** Null for what is not there. */
  async #ask<T>(what: string, ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch (error) {
      const isAbsent =
        error instanceof S3ServiceException && error.name !== "NoSuchBucket" && error.$metadata.httpStatusCode === 404;
      if (isAbsent) return null;
      throw explain(what, error);
    }
  }
}

const DAY_MS = 86_400_000;

/** A store takes a locked object only with a checksum of it. */
function lockOf(days: number) {
  if (days === 0) return {};
  const until = new Date(Date.now() + days * DAY_MS);
  return { ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate: until, ChecksumAlgorithm: "CRC32" } as const;
}

/** What refuses a connection knows better than the client why; a server that gives no words gives a code. */
function explain(what: string, error: unknown): LastgoodError {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof LastgoodError) return cause;
  const isWordless = error instanceof S3ServiceException && error.message === "UnknownError";
  return storageUnavailable(what, isWordless ? new Error(codeOf(error), { cause: error }) : error);
}

const codeOf = ({ name, $metadata }: S3ServiceException) => `${name} (HTTP ${$metadata.httpStatusCode ?? "?"})`;
const isInvalid = (error: unknown): error is S3ServiceException =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === 400;

function lockRefused(key: string, error: S3ServiceException): LastgoodError {
  return new LastgoodError(
    "storage_unavailable",
    `Storing ${key} with a lock failed: ${codeOf(error)}. The bucket may have no object lock.`,
    { hint: "Make a bucket with object lock and name it, or unset LASTGOOD_COPY_LOCK_DAYS and start again." },
    { cause: error },
  );
}

/** A body whose own failure is told apart from the store's. */
class CountedBody implements AsyncIterable<Uint8Array> {
  sizeBytes = 0;
  failure: { error: unknown } | null = null;
  readonly #body: AsyncIterable<Uint8Array>;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#body = body;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const pieces = this.#body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.#next(pieces);
        if (done === true) return;
        this.sizeBytes += value.length;
        yield value;
      }
    } finally {
      await pieces.return?.();
    }
  }

  /** What a failed upload throws into this one is not the body's failure. */
  async #next(pieces: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
    try {
      return await pieces.next();
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}

/** Where an answer begins within its object, and how large that is. Not every server gives just the range it was asked for. */
function extentOf({ ContentRange, ContentLength }: Pick<GetObjectCommandOutput, "ContentRange" | "ContentLength">) {
  const [, from, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(ContentRange ?? "") ?? [];
  return { from: Number(from ?? 0), sizeBytes: Number(size ?? ContentLength) };
}

/** `length` bytes behind the first `skip`. A connection that breaks may end a body too early without saying so. */
async function* readAll(body: Readable, key: string, skip: number, length: number): AsyncIterable<Uint8Array> {
  let at = 0;
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      const wanted = piece.subarray(Math.max(0, skip - at), Math.max(0, skip + length - at));
      at += piece.length;
      if (wanted.length > 0) yield wanted;
      if (at >= skip + length) return;
    }
  } catch (error) {
    throw error instanceof LastgoodError ? error : storageUnavailable(`Reading ${key}`, error);
  }
  if (at < skip + length)
    throw storageUnavailable(`Reading ${key}`, new Error(`it ended ${skip + length - at} bytes too early`));
}

async function* nothing(): AsyncIterable<Uint8Array> {}
