import type { Logger } from "pino";
import { METADATA_COPY, type SecondCopyState, withTrouble } from "../domain/second-copy.ts";
import type { ProtectedDatabase } from "../engines/engine.ts";
import type { OwnedEngine } from "../engines/owned-engine.ts";
import type { CopySource } from "../storage/copy/listed-file.ts";
import { removeCopies } from "../storage/copy/remove-copies.ts";
import { DatabaseCopy } from "./database-copy.ts";
import type { OpenCopies } from "./open-copies.ts";

/** Between two looks at one database whose history stands still; one that moves is looked at again at once. */
const LOOK_EVERY_MS = 1000;
const LIST_EVERY_MS = 3000;
const FORGET_EVERY_MS = 10 * 60_000;
const AT_ONCE = 4;

export type SecondCopiesWorld = {
  /** The store; nothing is shipped where none was named. */
  copies: OpenCopies;
  databases(): Promise<ProtectedDatabase[]>;
  engine: Pick<OwnedEngine, "copySource" | "status">;
  /** The metadata as something to copy; null where they lie on a server of their own. */
  metadata(): CopySource | null;
  tell(databaseId: string, state: SecondCopyState): Promise<void>;
  /** Without settings: what was told of former copies is not true any more. */
  forgetAll(): Promise<void>;
  /** Databases that are gone for good, of which there is still a copy; and that there is none any more. */
  purged(): Promise<string[]>;
  forget(databaseId: string): Promise<void>;
  log: Logger;
};

/** Keeps a second copy of every database that is captured, for as long as the agent runs. */
export class SecondCopies {
  readonly #world: SecondCopiesWorld;
  readonly #ending = new AbortController();
  readonly #copies = new Map<string, DatabaseCopy>();
  readonly #busy = new Map<string, Promise<void>>();
  readonly #waiting = new Set<string>();
  #working = 0;
  #listed: ProtectedDatabase[] = [];
  #listedMs = Number.NEGATIVE_INFINITY;
  #forgotMs = performance.now();
  #timer: NodeJS.Timeout | null = null;

  constructor(world: SecondCopiesWorld) {
    this.#world = world;
  }

  start(): void {
    const { copies, forgetAll, log } = this.#world;
    if (copies.settings) {
      this.#again(0);
      return;
    }
    forgetAll().catch((error: unknown) => log.warn({ err: error }, "former second copies were not forgotten"));
  }

  /** Cuts off what is being shipped: it goes on with the next start. */
  async stop(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#ending.abort(new Error("the agent ends"));
    // A store that does not answer holds up nobody.
    this.#world.copies.close();
    await Promise.all(this.#busy.values());
  }

  #again(inMs: number): void {
    if (this.#ending.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#look()
        .catch((error: unknown) => this.#world.log.error({ err: error }, "second copies could not be looked after"))
        .finally(() => this.#again(LOOK_EVERY_MS));
    }, inMs);
  }

  async #look(): Promise<void> {
    if (performance.now() - this.#listedMs > LIST_EVERY_MS)
      await this.#list().catch((error) => this.#goOnWithout(error));
    if (performance.now() - this.#forgotMs > FORGET_EVERY_MS) {
      this.#forgotMs = performance.now();
      await this.#forgetPurged().catch((error) => this.#goOnWithout(error));
    }
    for (const id of this.#copies.keys()) if (!this.#busy.has(id)) this.#waiting.add(id);
    while (this.#working < AT_ONCE && this.#waiting.size > 0) void this.#work();
  }

  /** Without metadata what is known goes on being shipped. */
  #goOnWithout(error: unknown): void {
    if (this.#copies.size === 0) throw error;
    this.#listedMs = performance.now();
    this.#world.log.warn({ err: error }, "which databases are to be copied is not known; those known before are");
  }

  /** Looks at those that wait, one after the other. One that takes long holds up nobody but its own place. */
  async #work(): Promise<void> {
    this.#working += 1;
    for (const id of this.#waiting) {
      this.#waiting.delete(id);
      const copy = this.#copies.get(id);
      if (!copy || this.#busy.has(id) || this.#ending.signal.aborted) continue;
      const looking = copy.look(this.#ending.signal).finally(() => this.#busy.delete(id));
      this.#busy.set(id, looking);
      await looking;
    }
    this.#working -= 1;
  }

  async #list(): Promise<void> {
    this.#listed = await this.#world.databases();
    this.#listedMs = performance.now();
    const ids = new Set(this.#listed.map(({ id }) => id));
    for (const id of this.#copies.keys()) if (id !== METADATA_COPY && !ids.has(id)) this.#copies.delete(id);
    for (const db of this.#listed) if (!this.#copies.has(db.id)) this.#copies.set(db.id, this.#copyOf(db));
    if (this.#copies.has(METADATA_COPY)) return;
    const metadata = this.#world.metadata();
    if (metadata) this.#copies.set(METADATA_COPY, this.#metadataCopy(metadata));
  }

  #copyOf(first: ProtectedDatabase): DatabaseCopy {
    const { engine, tell, log } = this.#world;
    const db = () => this.#listed.find(({ id }) => id === first.id) ?? first;
    return new DatabaseCopy(first.id, {
      stores: () => this.#world.copies.stores(),
      source: engine.copySource(first),
      about: () => {
        const { name, engine: kind, origin, path, windowDays } = db();
        return { id: first.id, name, engine: kind, origin, path, windowDays };
      },
      capturedThroughMs: async () => (await engine.status(db())).capturedThroughMs,
      tell: (state) => tell(first.id, this.#withMetadata(first.id, state)),
      log,
    });
  }

  /** The metadata have no row of their own: their trouble is told with the first database. */
  #withMetadata(databaseId: string, state: SecondCopyState): SecondCopyState {
    const ofMetadata = this.#copies.get(METADATA_COPY)?.state;
    return ofMetadata && this.#listed[0]?.id === databaseId ? withTrouble(state, ofMetadata, Date.now()) : state;
  }

  #metadataCopy(source: CopySource): DatabaseCopy {
    const about = {
      id: METADATA_COPY,
      name: "metadata",
      engine: "metadata",
      origin: "hosted",
      path: "",
      windowDays: 0,
    } as const;
    return new DatabaseCopy(METADATA_COPY, {
      stores: () => this.#world.copies.stores(),
      source,
      about: () => about,
      capturedThroughMs: async () => Date.now(),
      tell: async () => undefined,
      log: this.#world.log,
      // Another file each time, of which nobody wants many for as long as what is locked.
      lockEveryMs: 24 * 60 * 60_000,
    });
  }

  async #forgetPurged(): Promise<void> {
    for (const databaseId of await this.#world.purged()) {
      await removeCopies(this.#world.copies.stores(), databaseId);
      await this.#world.forget(databaseId);
      this.#world.log.info({ database: databaseId }, "the second copy of a purged database was removed");
    }
  }
}
