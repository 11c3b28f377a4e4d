import type { RestoreView } from "./api-types.ts";

/** A second copy as our own REST routes answer it. Times are Unix milliseconds; what cannot be read of it is null. */
export type CopyView = {
  id: string;
  /** Of the database that it is of, here or on the machine that was lost. */
  databaseId: string;
  name: string | null;
  engine: "sqlite" | "postgres" | null;
  origin: "hosted" | "attached" | null;
  windowDays: number | null;
  /** The oldest and the newest commit that it can be brought back to; the oldest is not known of copies that an older version wrote. */
  oldest: { bookmark: string; timeMs: number } | null;
  newest: { bookmark: string; timeMs: number } | null;
  /** Everything that was captured before this time is in it. */
  completeUntilMs: number | null;
  writtenAtMs: number | null;
  sizeBytes: number;
  /** False: an earlier history of a database of which there is a later one. */
  isNewest: boolean;
  /** Whether it can be brought back; `problem` says why not, or what is amiss all the same. */
  isRestorable: boolean;
  problem: string | null;
  /** The database, where this Lastgood has it; its id is null where it is another namespace's. */
  here: { id: string | null; name: string | null; isDeleted: boolean } | null;
  /** The database that was made of a copy of it last and is still there. */
  broughtBack: { id: string; name: string } | null;
};

/** GET /api/namespaces/:ns/copies */
export type CopiesView = {
  /** Null: none is named. */
  bucket: string | null;
  prefix: string;
  /** Null: AWS. */
  endpoint: string | null;
  /** The region whose agent reads it. */
  region: string;
  copies: CopyView[];
  /** People, policies and names of another Lastgood, which `restore-offline --all` brings back; one for each. */
  metadata: { id: string; newestMs: number | null; isOurs: boolean; problem: string | null }[];
};

/** POST …/copies/:id/bring-back. Neither time nor bookmark: its newest commit. */
export type BringBackBody = {
  timestamp?: number | string;
  bookmark?: string;
  name?: string;
  region?: string;
  reason?: string;
};

/** GET …/copies/restores: what was brought back or is being, newest first. */
export type CopyRestoresView = { restores: RestoreView[]; next: string | null };
