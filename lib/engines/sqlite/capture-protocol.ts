import type { Bookmark } from "../../domain/bookmark.ts";
import type { CaptureStatus } from "../../domain/capture.ts";
import type { Speech } from "../processes/line-socket.ts";

/**
 * What keepers, reader and agent say to each other over `keeper.sock` and `reader.sock` (docs/architecture.md, Sockets).
 * Each `Speech` is what one kind of process says; `database` is always the registry's id.
 */

/** A connected peer's first message to the primary keeper. */
type Hello<Kind extends string> = { hello: { as: Kind } };
type Nothing = Record<never, never>;

/** The reader, to the primary keeper. */
export interface ReaderToKeeper extends Speech {
  asks: {
    /**
     * Stand still: pin the log and move no pin until `release`. Answered once every keeper has a real pin (woken, hence
     * at least one frame). A second hold of the same database replaces the first.
     */
    hold: { question: { database: string }; answer: { holdId: string } };
    /** Whether that very hold has stood from its answer until now, on every keeper that took part in it or on one at least. */
    still: { question: { database: string; holdId: string }; answer: { unbroken: boolean } };
  };
  tells: Hello<"reader"> & { release: { database: string; holdId: string } };
}

/**
 * The primary keeper, to the reader. Keeper ids are per database and per unbroken stretch of holding its log: one that
 * had to let go of a log comes back under another id, so that it cannot vouch for what it did not see.
 */
export interface KeeperToReader extends Speech {
  asks: {
    /**
     * "Everything in the log at this instant is durable in the history?" The reader writes the window (its position and
     * `keeper`) down before it answers; the frame is where the log then ended. An error means: not now, keep the log.
     * Mostly asked while the keeper has the write lock, so it waits for no more than 300 ms.
     */
    copied: { question: { database: string; keeper: string }; answer: { frame: number } };
    /**
     * Before the write lock is taken: the reader makes durable what is in the log by now, and syncs log and database, so
     * that the checkpoint under the lock finds little to sync. The frame is where the log then ended; it promises nothing.
     */
    near: { question: { database: string }; answer: { frame: number } };
  };
  tells: {
    /** Answers `hello` at once and vouches for nothing; a `pinned` follows for each database outside of a window (A7). */
    welcome: { keeper: string; databases: string[] };
    /**
     * The log is really pinned now; sent after each window, after the first pin, and to a reader that has just said hello.
     * It vouches for the recorded window of `keeper` or of one in `heirOf` (those whose windows this one held along).
     * `restarted`: true: the log was restarted exactly once since that window. false: it was not, the window is void, other
     * salts later on need another proof. null: the keeper cannot tell; the salts in the log at this moment decide.
     * A window of anybody else stays unvouched for ever: no use in waiting any longer.
     */
    pinned: { database: string; keeper: string; heirOf: string[]; restarted: boolean | null };
  };
}

/** The spare keeper, to the primary one. */
export interface SpareToKeeper extends Speech {
  asks: { alive: { question: Nothing; answer: Nothing } };
  tells: { hello: { as: "spare"; pid: number } };
}

/** The primary keeper, to the spare. Each is answered once it is done; an error or silence ends the spare's part. */
export interface KeeperToSpare extends Speech {
  asks: {
    alive: { question: Nothing; answer: Nothing };
    /** Hold this log, if only by a bridge: a wake and a `move` follow. */
    enlist: { question: { database: string; path: string }; answer: Nothing };
    /** Take a newer hold of the log and then drop the older one; `moved: false` keeps the older one. */
    move: { question: { database: string; when: MoveCondition }; answer: { moved: boolean } };
  };
  tells: {
    welcome: { keeper: string; pid: number };
    /**
     * Follows a successful `enlist` and `move` while the primary still has its pin: from here on the spare held along, and may vouch
     * for windows of `keeper` and of those in `heirOf`.
     */
    inherit: { database: string; keeper: string; heirOf: string[] };
    drop: { database: string };
  };
}

/**
 * When a keeper may exchange its hold of a log for a newer one. `grown`: the log is longer than when it was taken, so
 * the newer one is a pin as well. `woken`: a wake has succeeded since. `notBeyond`: the log has not grown beyond this frame,
 * up to which the reader has copied everything; when that is all backfilled, the newer one is a bridge.
 */
export type MoveCondition = "grown" | "woken" | { notBeyond: number };

/** The agent, to the primary keeper: look at the registry now. */
export interface AgentToKeeper extends Speech {
  asks: {
    status: { question: { databases: string[] | "all" }; answer: { databases: KeeperStatus[] } };
    health: { question: Nothing; answer: { keeper: string; spare: boolean; reader: boolean } };
  };
  tells: Hello<"agent"> & { registry: Nothing };
}
export interface KeeperToAgent extends Speech {
  asks: Nothing;
  tells: Nothing;
}

/** `spare` is true while both keepers hold this log; `problem` says why a keeper cannot hold it. */
export type KeeperStatus = {
  database: string;
  pinned: boolean;
  spare: boolean;
  problem: { cause: string; remedy: string } | null;
};

/** The agent (or a test), to the reader. */
export interface AgentToReader extends Speech {
  asks: {
    /** Answered when every commit published in the log at this instant is durable in the history. */
    flush: { question: { database: string; watermark?: boolean }; answer: Flushed };
    /** Databases that the reader does not know are left out. */
    status: { question: { databases: string[] | "all" }; answer: { databases: CaptureStatus[] } };
    /** Writes a note into the history, behind the newest commit; answered when it is durable. */
    /** Seals all segments, so that nothing but what comes later is in an open one. Answers the newest commit among them. */
    seal: { question: { database: string }; answer: { txid: number } };
    annotate: { question: { database: string; note: HistoryNote }; answer: { txid: number } };
    health: { question: Nothing; answer: { reader: "ready"; keeper: string | null; databases: number } };
  };
  tells: { registry: Nothing };
}
export interface ReaderToAgent extends Speech {
  asks: Nothing;
  tells: Nothing;
}

/** The newest commit after a flush. `watermarkMs`: a time up to it resolves the same for ever. */
export type Flushed = { txid: number; bookmark: Bookmark; timeMs: number; watermarkMs: number };

/** JSON that stands in the history beside the commits, e.g. `{kind: "restore", restoreId, from, to, by}`. */
export type HistoryNote = { kind: string; [field: string]: unknown };
