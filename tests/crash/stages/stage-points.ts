/**
 * By target of a restore, its stages, and at which points of each a process is killed, or stands still while another one is
 * killed. Those of a restore in place are the same for a cutover but for where its pages come from.
 */
export type StageName =
  | "begin"
  | "fetch"
  | "inspect"
  | "keep"
  | "prepare"
  | "write"
  | "hook-before"
  | "apply"
  | "place"
  | "check"
  | "hook-after"
  | "hold"
  | "end";
export type Points = Partial<Record<StageName, readonly string[]>>;

const IN_PLACE = {
  begin: ["job.claimed"],
  keep: ["restore.attempt-written"],
  prepare: ["content.computed", "content.sealed"],
  apply: [
    "apply.locked",
    "restore.last-flushed",
    "restore.last-computed",
    "apply.pages-taken",
    "apply.appended",
    "apply.intent-written",
    "apply.second-header-written",
    "apply.published",
  ],
  check: ["restore.applied", "content.checked", "restore.commit-found", "restore.done-written", "restore.noted"],
  end: ["job.handled", "job.finished"],
} as const satisfies Points;

/** Another database's state becomes this one's: it is written out and compared, and applied like any other. */
const FROM_ANOTHER = {
  ...IN_PLACE,
  prepare: ["peer.written", "peer.compared", "peer.sealed"],
} as const satisfies Points;

/** A state becomes a database of its own. */
const NEW_COPY = {
  begin: IN_PLACE.begin,
  write: ["copy.written", "copy.checked", "copy.published", "copy.file-there"],
  place: ["base.stood-still", "base.image-renamed", "copy.protected"],
  end: IN_PLACE.end,
} as const satisfies Points;

/** The same where the state is a backup's: it is fetched and checked first. */
const FETCHED = {
  begin: IN_PLACE.begin,
  fetch: ["restore.backup-piece", "restore.backup-fetched"],
  inspect: ["restore.backup-checked"],
} as const satisfies Points;

/** A document takes the place of tables, after a backup of them. */
const FROM_DOCUMENT = {
  ...FETCHED,
  keep: ["restore.pre-restore-begun", "restore.pre-restore-kept"],
  apply: ["onecommit.flushed", "onecommit.attempt-written"],
  check: ["onecommit.commit-told", "onecommit.done-written"],
  end: IN_PLACE.end,
} as const satisfies Points;

/** What a stage run can do; `held` is a restore in place around which writes are held and hooks run. */
export const STAGE_POINTS: Readonly<Record<string, Points>> = {
  project: IN_PLACE,
  held: {
    ...IN_PLACE,
    "hook-before": ["hook.before-begun"],
    "hook-after": ["hook.after-begun"],
    hold: ["restore.held", "apply.let-go", "restore.let-go"],
  },
  rows: {
    begin: IN_PLACE.begin,
    apply: [
      "onecommit.locked",
      "onecommit.attempt-written",
      "onecommit.written",
      "onecommit.committed",
      "onecommit.commit-told",
    ],
    check: ["onecommit.commit-found", "onecommit.done-written"],
    end: IN_PLACE.end,
  },
  new_preview: NEW_COPY,
  new_database: NEW_COPY,
  stored: {
    ...FETCHED,
    prepare: FROM_ANOTHER.prepare,
    apply: IN_PLACE.apply,
    check: IN_PLACE.check,
    end: IN_PLACE.end,
  },
  stored_preview: { ...FETCHED, write: NEW_COPY.write, place: NEW_COPY.place, end: IN_PLACE.end },
  document: FROM_DOCUMENT,
  document_preview: { ...FETCHED, place: ["copy.protected", "restore.document-base-there"], end: IN_PLACE.end },
  preview: FROM_ANOTHER,
  cutover: FROM_ANOTHER,
};

/** Reached in the agent of a whole Lastgood alone, where the runs that kill at points of the engine do not come. */
export const AGENT_POINTS = ["job.claimed", "job.handled", "job.finished", "hook.before-begun", "hook.after-begun"];

/** Of restores into other databases: the runs of whole Lastgoods alone come there. */
export const COPY_POINTS = [...NEW_COPY.write, "copy.protected", ...FROM_ANOTHER.prepare];

/** Of restores from backups: here too only whole Lastgoods come there. */
export const STORED_POINTS = [
  ...FETCHED.fetch,
  ...FETCHED.inspect,
  ...FROM_DOCUMENT.keep,
  "restore.document-base-there",
];

/** Who is killed: whoever comes to the point, or another one while that one stands there. */
export const VICTIMS = ["self", "agent", "console", "reader", "keeper-a", "keeper-b", "supervisor"] as const;
export type Victim = (typeof VICTIMS)[number];

export type StageCase = { target: string; stage: StageName; point: string; victim: Victim };

/** Every case, in a fixed order. */
export function allCases(targets: readonly string[] = Object.keys(STAGE_POINTS)): StageCase[] {
  return targets.flatMap((target) =>
    Object.entries(STAGE_POINTS[target] ?? {}).flatMap(([stage, points]) =>
      points.flatMap((point) => VICTIMS.map((victim) => ({ target, stage: stage as StageName, point, victim }))),
    ),
  );
}

/** The name under which a case is counted. */
export function nameOf({ target, stage, point, victim }: StageCase): string {
  return `${target}/${stage}/${point}/${victim}`;
}
