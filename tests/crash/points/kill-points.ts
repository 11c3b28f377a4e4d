/**
 * Every point of the engine at which a run kills a process, who reaches it there, and what brings it about. A test holds this list
 * against the sources.
 */
export type Victim = "reader" | "primary" | "spare" | "prune" | "restore";

/**
 *   load          nothing but foreign writers
 *   start         the reader starts again; the others of this kind first prepare what it meets
 *   ending        the reader ends as in ordinary service
 *   spare starts, spare joins, takeover   keepers come and go
 */
export type Scene =
  | "load"
  | "big commit"
  | "truncate"
  | "watermark"
  | "note"
  | "new database"
  | "unwatched"
  | "ending"
  | "start"
  | "start with leftovers"
  | "start with a lost mirror"
  | "start with a stale mirror"
  | "start with a damaged mirror"
  | "spare starts"
  | "spare joins"
  | "takeover"
  | "prune"
  | "restore"
  | "restore with held writes"
  | "restore by backup";

export type KillPoint = {
  victim: Victim;
  scene: Scene;
  /** The kill comes at one of the first so many reaches; 1 when left out. */
  upTo?: number;
  /** A write follows: every other kill falls into its middle. */
  torn?: true;
  /** Where something has to go wrong first, the point at which it does. */
  first?: string;
};

const reader = (scene: Scene, more: Omit<KillPoint, "victim" | "scene"> = {}): KillPoint => ({
  victim: "reader",
  scene,
  ...more,
});
const primary = (scene: Scene, more: Omit<KillPoint, "victim" | "scene"> = {}): KillPoint => ({
  victim: "primary",
  scene,
  ...more,
});
const spare = (scene: Scene, upTo = 1): KillPoint => ({ victim: "spare", scene, upTo });
const prune = (upTo = 1): KillPoint => ({ victim: "prune", scene: "prune", upTo });
const restore = (first?: string): KillPoint => ({ victim: "restore", scene: "restore", ...(first ? { first } : {}) });
const held: KillPoint = { victim: "restore", scene: "restore with held writes" };
const torn = { torn: true } as const;
const backup: KillPoint = { victim: "restore", scene: "restore by backup" };

export const KILL_POINTS: Readonly<Record<string, KillPoint>> = {
  "base.stretch-written": reader("new database"),
  "base.image-synced": reader("new database"),
  "base.stood-still": reader("new database"),
  "base.image-renamed": reader("new database"),
  "base.checksums-published": reader("new database"),
  "base.mirror-copied": reader("new database", torn),
  "base.history-begun": reader("new database"),

  "capture.commits-gathered": reader("load", { upTo: 12, ...torn }),
  "capture.block-written": reader("load", { upTo: 12 }),
  "capture.block-synced": reader("load", { upTo: 12, ...torn }),
  "capture.caught-up": reader("load", { upTo: 12 }),
  "capture.log-accepted": reader("load", torn),
  "capture.long-found": reader("big commit", torn),
  "capture.part-written": reader("big commit"),
  "capture.long-synced": reader("big commit", torn),
  "capture.long-page-mirrored": reader("big commit", { upTo: 60, ...torn }),
  "capture.watermark-recorded": reader("watermark"),
  "capture.note-recorded": reader("note"),
  "window.recorded": reader("load", { upTo: 2 }),
  "window.word-heard": reader("load", { upTo: 2 }),
  "mirror.cut": reader("load", { upTo: 12 }),
  "mirror.sized": reader("load", { upTo: 12, ...torn }),
  "mirror.page-written": reader("load", { upTo: 40, ...torn }),
  "mirror.written": reader("load", { upTo: 12 }),
  "mirror.synced": reader("ending", torn),
  "mirror.checksums-written": reader("ending"),

  "rotate.segment-created": reader("load"),
  "rotate.ended": reader("load"),
  "seal.block-written": reader("load", torn),
  "seal.tables-written": reader("load", torn),
  "seal.written": reader("load"),
  "seal.synced": reader("load"),
  "seal.renamed": reader("load"),
  "seal.published": reader("load"),
  "seal.open-removed": reader("load"),

  "open.leftover-removed": reader("start with leftovers"),
  "open.tail-cut": reader("start"),
  "open.tail-rewritten": reader("start", torn),
  "open.tail-synced": reader("start"),
  "recover.base-copied": reader("start with a lost mirror"),
  "recover.base-renamed": reader("start with a lost mirror"),
  "recover.tail-read": reader("start"),
  "recover.page-stepped": reader("start with a stale mirror", torn),
  "recover.rolled-forward": reader("start with a stale mirror"),
  "recover.page-from-base": reader("start with a damaged mirror", torn),
  "recover.mirror-sized": reader("start"),

  "heal.compared": reader("unwatched", torn),
  "heal.synced": reader("unwatched", torn),
  "heal.page-mirrored": reader("unwatched", { upTo: 3, ...torn }),
  "heal.ended": reader("unwatched"),

  "file.written": reader("load"),
  "file.synced": { victim: "prune", scene: "prune" },
  "file.renamed": { victim: "restore", scene: "restore" },

  "relieve.moved-on": primary("load", { upTo: 3 }),
  "relieve.bulk-backfilled": primary("load", { upTo: 3 }),
  "restart.lock-taken": primary("load", { upTo: 2 }),
  "restart.copied": primary("load", { upTo: 2 }),
  "restart.pin-moved": primary("load", { upTo: 2 }),
  "restart.all-pins-moved": primary("load", { upTo: 2 }),
  "restart.backfilled": primary("load", { upTo: 2 }),
  "restart.spare-bridged": primary("load", { upTo: 2 }),
  "restart.all-bridged": primary("load", { upTo: 2 }),
  "restart.rolled-back": primary("load", { upTo: 2 }),
  "pin.woken": primary("load", { upTo: 2 }),
  "pin.taken": primary("load", { upTo: 2 }),
  "pin.taken-by-all": primary("load", { upTo: 2 }),
  "pin.told": primary("load", { upTo: 2 }),
  "wake.begun": primary("load", { upTo: 2 }),
  "wake.committed": primary("load", { upTo: 2 }),
  "hold.newer-taken": spare("load", 4),
  "hold.older-dropped": primary("load", { upTo: 4 }),
  "checkpoint.passive": primary("load", { upTo: 6 }),
  "yield.hold-moved": primary("truncate"),
  "yield.stepped-aside": primary("truncate"),
  "yield.ended": primary("truncate"),
  "keep.standing": primary("new database"),
  "keep.spare-enlisted": primary("spare joins"),
  "keep.spare-inherits": primary("spare joins"),
  "keep.socket-served": spare("takeover"),
  "keep.begun": spare("takeover"),
  "spare.enlisted": spare("spare starts"),
  "spare.inherited": spare("spare starts"),
  "spare.moved": spare("load", 4),

  "prune.leftovers-removed": prune(),
  "prune.base-copied": prune(),
  "prune.pages-computed": { ...prune(), ...torn },
  "prune.page-advanced": { ...prune(5), ...torn },
  "prune.image-synced": prune(),
  "prune.checksums-published": prune(),
  "prune.image-renamed": prune(),
  "prune.image-published": prune(),
  "prune.segment-unlinked": prune(2),
  "prune.segment-removed": prune(2),
  "prune.old-image-removed": prune(),

  "content.computed": restore(),
  "content.sealed": restore(),
  "content.checked": restore(),
  "apply.files-opened": restore(),
  "apply.locked": restore(),
  "apply.pages-taken": restore(),
  "apply.chunk-filled": { ...restore(), ...torn },
  "apply.chunk-appended": restore(),
  "apply.appended": restore(),
  "apply.synced": restore(),
  "apply.index-block-filled": { ...restore(), ...torn },
  "apply.index-block-written": restore(),
  "intent.written": restore(),
  "intent.synced": restore(),
  "intent.renamed": restore(),
  "apply.intent-written": restore(),
  "apply.second-header-written": restore(),
  "apply.published": restore(),
  "apply.rolled-back": restore(),
  "apply.released": restore(),
  "apply.let-go": held,
  "apply.fenced": restore("apply.synced"),
  "restore.attempt-written": restore(),
  "restore.last-flushed": restore(),
  "restore.last-computed": restore(),
  "restore.applied": restore(),
  "restore.cookie-raised": restore(),
  "restore.fenced": restore("apply.intent-written"),
  "restore.settled": restore("apply.intent-written"),
  "restore.intent-forgotten": restore("apply.appended"),
  "restore.commit-found": restore(),
  "restore.done-written": restore(),
  "restore.noted": restore(),
  "restore.held": held,
  "restore.let-go": held,
  "materialise.base-copied": backup,
  "materialise.pages-computed": backup,
  "materialise.stretch-written": backup,
  "backup.turn-given": backup,
  "backup.turn-held": backup,
  "backup.copied": backup,
  "restore.copied-back": backup,
};

/** `<part>` of `<part>.<step>`. */
export function partOf(point: string): string {
  return point.slice(0, point.indexOf("."));
}
