/**
 * The keeper that serves `keeper.sock`: one `KeptDatabase` for each database of the registry, one reader, one spare, any
 * number of agents. A newer reader replaces the older one.
 */
import { randomUUID } from "node:crypto";
import { LastgoodError } from "../../../domain/errors.ts";
import type { Handlers, LinePeer } from "../../processes/line-socket.ts";
import type {
  AgentToKeeper,
  KeeperStatus,
  KeeperToReader,
  KeeperToSpare,
  ReaderToKeeper,
  SpareToKeeper,
} from "../capture-protocol.ts";
import { type Registry, type RegistryWatch, watchRegistry } from "../registry.ts";
import type { Checkpointer } from "./checkpointer.ts";
import { watchOtherKeeper } from "./hung-keeper.ts";
import { IdleRounds } from "./idle-rounds.ts";
import { KeptDatabase } from "./kept-database.ts";
import type { LogHold } from "./log-hold.ts";
import type { LogLimit } from "./log-limit.ts";
import type { KeeperLog, Partners, ReaderLink, SpareLink } from "./partners.ts";

const COPIED_WITHIN_MS = 300;
const NEAR_WITHIN_MS = 500;
const MOVED_WITHIN_MS = 500;
const ENLISTED_WITHIN_MS = 5000;

export type ToPeers = {
  asks: KeeperToReader["asks"] & KeeperToSpare["asks"];
  tells: Omit<KeeperToReader["tells"] & KeeperToSpare["tells"], "welcome"> & {
    welcome: KeeperToReader["tells"]["welcome"] | KeeperToSpare["tells"]["welcome"];
  };
};
export type FromPeers = {
  asks: ReaderToKeeper["asks"] & SpareToKeeper["asks"] & AgentToKeeper["asks"];
  tells: { hello: { as: "reader" | "agent" } | { as: "spare"; pid: number } } & Pick<
    ReaderToKeeper["tells"],
    "release"
  > &
    Pick<AgentToKeeper["tells"], "registry">;
};
type Peer = LinePeer<ToPeers, FromPeers>;

export class PrimaryKeeper {
  readonly id: string = randomUUID();
  private readonly checkpointer: Checkpointer;
  private readonly limit: LogLimit;
  private readonly log: KeeperLog;
  private readonly partners: Partners = { reader: null, spare: null };
  private readonly rounds = new IdleRounds();
  private reader: Peer | null = null;
  private spare: Peer | null = null;
  private readonly databases = new Map<string, KeptDatabase>();
  /** Databases that are being let go: opened again under the same id only afterwards. */
  private readonly leaving = new Map<string, Promise<void>>();
  /** Held from the time as a spare, until the registry says what becomes of them. */
  private readonly inherited: Map<string, LogHold>;
  private registry: RegistryWatch | null = null;
  private wanted: Registry = { version: 1, databases: [] };
  private ended = false;
  private readonly holds = new Map<string, { database: string; peer: Peer }>();

  constructor(inherited: Map<string, LogHold>, checkpointer: Checkpointer, limit: LogLimit, log: KeeperLog) {
    this.inherited = inherited;
    this.checkpointer = checkpointer;
    this.limit = limit;
    this.log = log;
  }

  /** What this keeper does with what its peers say; it may be served before `begin`. */
  readonly handlers: Handlers<FromPeers, ToPeers> = {
    asks: {
      alive: () => ({}),
      hold: ({ database }, peer) => this.standStill(database, peer),
      still: ({ database, holdId }) => ({ unbroken: this.databases.get(database)?.isStanding(holdId) ?? false }),
      status: ({ databases }) => ({ databases: this.status(databases) }),
      health: () => ({ keeper: this.id, spare: this.spare !== null, reader: this.reader !== null }),
    },
    tells: {
      hello: (message, peer) => {
        if (message.as === "reader") this.welcomeReader(peer);
        if (message.as === "spare") this.welcomeSpare(peer, message.pid);
      },
      release: ({ database, holdId }) => {
        this.holds.delete(holdId);
        this.databases.get(database)?.release(holdId);
      },
      registry: () => this.registry?.look(),
    },
    closed: (peer) => this.left(peer),
  };

  /** Takes the databases of the registry from now on. */
  begin(registryFile: string): void {
    this.registry = watchRegistry(
      registryFile,
      (registry) => this.follow(registry),
      (error) => this.log.warn({ error: String(error) }, "the registry cannot be read; what is held stays held"),
    );
  }

  async close(): Promise<void> {
    this.ended = true;
    this.registry?.close();
    await Promise.all([...this.databases.values()].map((database) => database.close()));
    await Promise.all(this.leaving.values());
    for (const hold of this.inherited.values()) hold.close();
  }

  private follow(registry: Registry): void {
    if (this.ended) return;
    this.wanted = registry;
    const { databases } = registry;
    const wanted = new Map(databases.map((database) => [database.id, database]));
    for (const kept of this.databases.values()) {
      const now = wanted.get(kept.id);
      if (now?.path !== kept.path) this.drop(kept);
      else kept.isAttached = now.origin === "attached";
    }
    for (const database of databases) {
      if (this.databases.has(database.id)) continue;
      const hold = this.inherited.get(database.id);
      this.inherited.delete(database.id);
      const start = () => {
        const { checkpointer, partners, rounds, limit, log } = this;
        const usable = hold?.path === database.path ? hold : null;
        if (hold && !usable) hold.close();
        const kept = new KeptDatabase(database, usable, { checkpointer, partners, rounds, limit, log });
        this.databases.set(database.id, kept);
      };
      const leaving = this.leaving.get(database.id);
      // By then the registry may want something else; that it has not changed since is no reason to leave this one alone.
      if (leaving) void leaving.then(() => this.follow(this.wanted));
      else start();
    }
    for (const hold of this.inherited.values()) hold.close();
    this.inherited.clear();
  }

  private drop(kept: KeptDatabase): void {
    this.databases.delete(kept.id);
    this.spare?.tell("drop", { database: kept.id });
    const gone = kept.close().finally(() => this.leaving.delete(kept.id));
    this.leaving.set(kept.id, gone);
  }

  private async standStill(database: string, peer: Peer): Promise<{ holdId: string }> {
    const kept = this.databases.get(database);
    if (!kept) throw new LastgoodError("not_found", "The keeper does not know this database.");
    const holdId = randomUUID();
    await kept.standStill(holdId);
    // Nobody is left who would release it.
    if (peer.closed) kept.release(holdId);
    else this.holds.set(holdId, { database, peer });
    return { holdId };
  }

  private status(databases: string[] | "all"): KeeperStatus[] {
    const asked = databases === "all" ? [...this.databases.keys()] : databases;
    return asked.flatMap((id) => this.databases.get(id)?.status() ?? []);
  }

  private welcomeReader(peer: Peer): void {
    this.reader?.close();
    this.reader = peer;
    this.partners.reader = readerLink(peer);
    peer.tell("welcome", {
      keeper: this.id,
      databases: this.status("all").flatMap((s) => (s.pinned ? [s.database] : [])),
    });
    for (const kept of this.databases.values()) kept.greetReader();
    this.log.info({}, "reader connected");
  }

  private welcomeSpare(peer: Peer, pid: number): void {
    // One spare is enough; a third keeper waits until the second one is gone.
    if (this.spare) {
      peer.close();
      return;
    }
    this.spare = peer;
    this.partners.spare = spareLink(peer);
    peer.tell("welcome", { keeper: this.id, pid: process.pid });
    watchOtherKeeper(peer, pid, this.log);
    for (const kept of this.databases.values()) kept.greetSpare();
    this.log.info({ spare: pid }, "spare connected");
  }

  private left(peer: Peer): void {
    for (const [holdId, { database, peer: holder }] of this.holds) {
      if (holder !== peer) continue;
      this.holds.delete(holdId);
      this.databases.get(database)?.release(holdId);
    }
    if (peer === this.reader) {
      this.reader = null;
      this.partners.reader = null;
    }
    if (peer === this.spare) {
      this.spare = null;
      this.partners.spare = null;
      this.log.warn({}, "the spare has gone");
    }
  }
}

function readerLink(peer: Peer): ReaderLink {
  return {
    copied: async (database, keeper) => {
      const answer = await peer.ask("copied", { database, keeper }, COPIED_WITHIN_MS).catch(() => null);
      return answer?.frame ?? null;
    },
    near: async (database) => {
      const answer = await peer.ask("near", { database }, NEAR_WITHIN_MS).catch(() => null);
      return answer?.frame ?? null;
    },
    pinned: (database, keeper, heirOf, restarted) => peer.tell("pinned", { database, keeper, heirOf, restarted }),
  };
}

function spareLink(peer: Peer): SpareLink {
  return {
    enlist: async (database, path) => {
      await peer.ask("enlist", { database, path }, ENLISTED_WITHIN_MS);
    },
    inherit: (database, keeper, heirOf) => peer.tell("inherit", { database, keeper, heirOf }),
    move: async (database, when) => (await peer.ask("move", { database, when }, MOVED_WITHIN_MS)).moved,
    drop: (database) => peer.tell("drop", { database }),
    dismiss: () => peer.close(),
  };
}
