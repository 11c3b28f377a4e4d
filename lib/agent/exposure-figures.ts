import { stat } from "node:fs/promises";
import { hostname, networkInterfaces } from "node:os";
import path from "node:path";
import type { Bookmark } from "../domain/bookmark.ts";
import type { CaptureStatus } from "../domain/capture.ts";
import type { CommitsSince } from "../domain/exposure.ts";
import type { FollowedState, ProtectedDatabase } from "../engines/engine.ts";
import type { OwnedEngine } from "../engines/owned-engine.ts";
import type { AgentParams, AgentResults } from "./protocol.ts";

export type ExposureOptions = {
  /** Throws where this agent has none of that id. */
  database(id: string): Promise<ProtectedDatabase>;
  engine: Pick<OwnedEngine, "status" | "follow">;
  /** Absolute path of the folder of all histories. */
  history: string;
};

type Asked = AgentParams<"exposure">["databases"][number];
type Answer = AgentResults["exposure"][number];

/** As many states as are asked about again and again; what was found of one never changes. */
const MOST_KNOWN = 10_000;

/**
 * What an agent knows of how much of its databases is nowhere else. Cheap, since pages ask all the time: a history is opened once for each
 * state that is asked about, and not at all where nothing was written since.
 */
export class ExposureFigures {
  readonly #options: ExposureOptions;
  readonly #followed = new Map<string, FollowedState>();

  constructor(options: ExposureOptions) {
    this.#options = options;
  }

  /** Databases that are none of this agent's, or whose status nobody knows, are left out. */
  async read(asked: readonly Asked[]): Promise<Answer[]> {
    const found = await Promise.allSettled(asked.map((one) => this.#readOne(one)));
    return found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  }

  async #readOne({ databaseId, bookmarks }: Asked): Promise<Answer> {
    const db = await this.#options.database(databaseId);
    const isServer = db.engine === "postgres" && db.origin === "attached";
    const [capture, sharesDisk] = await Promise.all([
      this.#options.engine.status(db),
      isServer ? null : areOnOneDisk(db.path, path.join(this.#options.history, db.id)),
    ]);
    const since = await Promise.all(bookmarks.map((bookmark) => this.#since(db, capture.last, bookmark as Bookmark)));
    return { databaseId, capture, since, sharesDisk, isElsewhere: isServer && isOtherMachine(db.path) };
  }

  async #since(db: ProtectedDatabase, last: CaptureStatus["last"], bookmark: Bookmark): Promise<CommitsSince> {
    if (last?.bookmark === bookmark) return { bookmark, commits: 0, firstMs: null };
    const followed = await this.#follow(db, bookmark);
    const commits = last && followed ? last.txid - followed.txid : -1;
    return commits < 0
      ? { bookmark, commits: null, firstMs: null }
      : { bookmark, commits, firstMs: followed?.nextMs ?? null };
  }

  async #follow(db: ProtectedDatabase, bookmark: Bookmark): Promise<FollowedState | null> {
    const key = `${db.id} ${bookmark}`;
    const known = this.#followed.get(key);
    if (known) return known;
    // A history that cannot be read just now: nobody knows how many there were.
    const followed = await this.#options.engine.follow(db, bookmark).catch(() => null);
    if (followed?.nextMs == null) return followed;
    if (this.#followed.size >= MOST_KNOWN) this.#followed.clear();
    this.#followed.set(key, followed);
    return followed;
  }
}

async function areOnOneDisk(one: string, other: string): Promise<boolean | null> {
  try {
    const [a, b] = await Promise.all([stat(one), stat(other)]);
    return a.dev === b.dev;
  } catch {
    // Not there yet, or not to be looked at.
    return null;
  }
}

/** Whether the address of a server names another machine than this one. */
export function isOtherMachine(address: string): boolean {
  const host =
    URL.parse(address)
      ?.hostname.replace(/^\[|\]$/g, "")
      .toLowerCase() ?? "";
  if (host === "" || host === "localhost" || host === "::1" || /^127\./.test(host)) return false;
  const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  return !own.includes(host) && host !== hostname().toLowerCase();
}
