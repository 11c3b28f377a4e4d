/**
 * Where history is kept a second time: nowhere, on another disk of the same machine, or in a store elsewhere. Only the last is still there
 * when the machine is lost.
 */
export type SecondCopyPlace = "none" | "other_disk" | "elsewhere";

/** How the second copy of one database stands, as of `checkedAtMs`. Times are Unix milliseconds. */
export type SecondCopyState = {
  place: SecondCopyPlace;
  /** Every commit that was captured before this time is in the copy; null: it does not hold a whole history yet. */
  shippedUntilMs: number | null;
  /** The newest commit that the copy is known to hold; null with `shippedUntilMs`. */
  shippedBookmark: string | null;
  /** Number of that commit in its history, as `CaptureStatus.last.txid` counts; null with `shippedUntilMs`. */
  shippedTxid: number | null;
  /** Since when something that was captured could not be shipped, or takes much longer than it should; null: it keeps up. */
  behindSinceMs: number | null;
  /** Why, for people; null: the last try worked. */
  lastError: string | null;
  /** When the objects of the copy were last looked at, and how many of them were missing or altered and are not replaced yet. */
  verifiedAtMs: number | null;
  damagedObjects: number;
  /** Bytes of all objects that make up the copy. */
  sizeBytes: number;
  checkedAtMs: number;
};

/** A copy that has been behind for so long is worth an alarm. */
export const COPY_BEHIND_ALARM_MS = 5 * 60_000;

/** Whether the copy would bring back everything that was captured until just now. */
export function isCopyKeepingUp({ shippedUntilMs, behindSinceMs, damagedObjects }: SecondCopyState): boolean {
  return shippedUntilMs !== null && behindSinceMs === null && damagedObjects === 0;
}

/** The state of a database's copy, with why the metadata's own copy has been behind for long; unchanged where it is not, or has trouble itself. */
export function withTrouble(state: SecondCopyState, ofMetadata: SecondCopyState, nowMs: number): SecondCopyState {
  const { behindSinceMs, lastError } = ofMetadata;
  const isLong = behindSinceMs !== null && nowMs - behindSinceMs > COPY_BEHIND_ALARM_MS;
  if (!isLong || state.lastError !== null) return state;
  const since = new Date(behindSinceMs).toISOString();
  return { ...state, lastError: `The metadata's own second copy is behind since ${since}. ${lastError ?? ""}`.trim() };
}

/** The id under which the metadata lie in the store. */
export const METADATA_COPY = "metadata";

/**
 * Tells the metadata of one installation from those of another that ship to the same place: the machine that was lost, for one. Brought back,
 * metadata go on with their own copy.
 * @param agentId of the agent that metadata in a file have
 */
export const metadataGeneration = (agentId: string): string => agentId.replaceAll("-", "").slice(0, 16);

/** A copy as the bucket holds it; what cannot be read of it is null. Times in Unix milliseconds. */
export type BucketCopy = {
  copyId: string;
  /** Of the database that it is of. */
  databaseId: string;
  name: string | null;
  engine: "sqlite" | "postgres" | "metadata" | null;
  origin: "hosted" | "attached" | null;
  windowDays: number | null;
  /** The oldest and the newest commit that it can be restored to. */
  oldest: { bookmark: string; timeMs: number } | null;
  newest: { bookmark: string; timeMs: number } | null;
  /** Everything that was captured before is in it. */
  shippedUntilMs: number | null;
  writtenAtMs: number | null;
  sizeBytes: number;
  /** False until the first whole history was there. */
  isWhole: boolean;
  /** Of the copies of its database it is the one that was written last. */
  isNewest: boolean;
  /** Why it cannot be read, or not up to its newest moment. */
  problem: string | null;
};

/** What a bucket of second copies holds; `bucket` is null where none is named. */
export type BucketCopies = { bucket: string | null; prefix: string; endpoint: string | null; copies: BucketCopy[] };
