import type { RestoreView } from "../../../lib/client/api-types.ts";
import type { Moment, StageWorld } from "./stage-world.ts";
import { txidOf } from "./stage-world.ts";

/** A restore under way, and how to tell whether what came of it is what its ledger says. */
export type Begun = { restoreId: string; judge(ended: RestoreView): Promise<string[]> };
/** @param arm called when all is prepared, just before the restore is asked for */
type Begin = (world: StageWorld, round: number, arm: () => void) => Promise<Begun>;

const HELD = { fenceSeconds: 5, runHooks: true };

/** By target: begins a restore, once the database has changed again. */
export const TARGETS: Readonly<Record<string, Begin>> = {
  project: (world, round, arm) => inPlace(world, round, arm, {}),
  held: (world, round, arm) => inPlace(world, round, arm, HELD),
  rows: giveBack,
  stored: (world, round, arm) => fromBackup(world, round, arm, "physical"),
  document: (world, round, arm) => fromBackup(world, round, arm, "portable"),
  stored_preview: (world, round, arm) => previewOfBackup(world, round, arm, "physical"),
  document_preview: (world, round, arm) => previewOfBackup(world, round, arm, "portable"),
  new_preview: (world, round, arm) => newCopy(world, round, arm, { target_kind: "new_preview" }),
  new_database: (world, round, arm) =>
    newCopy(world, round, arm, { target_kind: "new_database", target_database_name: `copy-${round}` }),
  preview: overPreview,
  cutover,
};

async function inPlace(world: StageWorld, round: number, arm: () => void, around: object): Promise<Begun> {
  const before = await world.change(round);
  const target = world.state(round);
  arm();
  const { restoreId } = await world.post<{ restoreId: string }>("/databases/shop/restore", {
    bookmark: target.bookmark,
    ...around,
  });
  return { restoreId, judge: (ended) => judgeInPlace(world, ended, before, target) };
}

/** Rows that were just deleted come back: then everything is as it was before. */
async function giveBack(world: StageWorld, round: number, arm: () => void): Promise<Begun> {
  const whole = await world.change(round);
  const before = await world.change(round, "delete from t where a % 3 = 1");
  const chosen = { from: { bookmark: whole.bookmark }, tables: [{ name: "t", kinds: ["removed"] }] };
  const { plan } = await world.post<{ plan: { digest: string } }>("/databases/shop/give-back/plan", chosen);
  arm();
  const { id } = await world.post<{ id: string }>("/databases/shop/give-back", { ...chosen, planDigest: plan.digest });
  const target: Moment = { ...whole, bookmark: "" };
  return { restoreId: id, judge: (ended) => judgeInPlace(world, ended, before, target) };
}

async function fromBackup(
  world: StageWorld,
  round: number,
  arm: () => void,
  kind: "physical" | "portable",
): Promise<Begun> {
  const { key, ...target } = await world.backup(kind);
  const before = await world.change(round);
  arm();
  const body = { backup_key: key, target_kind: "project", confirm_project_overwrite: true };
  const { id } = await world.restoreV1(body);
  // A document has no moment of the history that it reaches: what it made is one of its own.
  const reached = kind === "portable" ? { ...target, bookmark: "" } : target;
  return { restoreId: id, judge: (ended) => judgeInPlace(world, ended, before, reached) };
}

async function previewOfBackup(world: StageWorld, round: number, arm: () => void, kind: "physical" | "portable") {
  const { key, digest } = await world.backup(kind);
  return newCopy(world, round, arm, { backup_key: key, target_kind: "new_preview" }, digest);
}

async function newCopy(
  world: StageWorld,
  round: number,
  arm: () => void,
  wanted: object,
  digest: string | null = null,
): Promise<Begun> {
  const before = await world.change(round);
  const state = world.state(round);
  const target = { ...state, digest: digest ?? state.digest };
  arm();
  const source = digest === null ? { restore_point_id: target.label } : {};
  const { id } = await world.restoreV1({ ...source, ...wanted });
  return {
    restoreId: id,
    judge: async (ended) => {
      const problems = await untouched(world, before);
      const copy = ended.copy?.id ?? null;
      if (ended.status !== "completed")
        return copy === null ? problems : [...problems, `${ended.status}, but ${copy} is there`];
      if (copy === null) return [...problems, "completed without a copy"];
      if (world.digestOf(world.hostedFile(copy)) !== target.digest) problems.push("the copy is not what was asked for");
      await world.remove(copy);
      return problems;
    },
  };
}

async function overPreview(world: StageWorld, round: number, arm: () => void): Promise<Begun> {
  const project = await world.change(round);
  const preview = await world.preview();
  const before = await world.momentOf(preview, world.hostedFile(preview));
  // Another state than the one that it has.
  const target = world.states().find(({ digest }) => digest !== before.digest) ?? world.state(round);
  arm();
  const { id } = await world.restoreV1({
    restore_point_id: target.label,
    target_kind: "preview",
    preview_id: preview,
  });
  return {
    restoreId: id,
    judge: async (ended) => {
      const problems = await untouched(world, project);
      const after = await world.momentOf(preview, world.hostedFile(preview));
      const wanted = ended.status === "completed" ? target.digest : before.digest;
      if (after.digest !== wanted) problems.push(`${ended.status}, but the preview is something else`);
      const commits = txidOf(after.bookmark) - txidOf(before.bookmark);
      if (commits !== (ended.status === "completed" ? 1 : 0))
        problems.push(`${ended.status} with ${commits} commits of the preview`);
      return problems;
    },
  };
}

async function cutover(world: StageWorld, round: number, arm: () => void): Promise<Begun> {
  const preview = await world.preview();
  const source = await world.momentOf(preview, world.hostedFile(preview));
  const before = await world.change(round);
  arm();
  const { id } = await world.cutoverV1(preview);
  return {
    restoreId: id,
    judge: async (ended) => {
      const problems = await judgeInPlace(world, ended, before, { ...source, bookmark: "" });
      const after = await world.momentOf(preview, world.hostedFile(preview));
      if (after.digest !== source.digest) problems.push("the preview was changed");
      return problems;
    },
  };
}

/** What is said of the project is what it is: the state asked for as one commit, or the state before. */
async function judgeInPlace(world: StageWorld, ended: RestoreView, before: Moment, target: Moment): Promise<string[]> {
  const after = await world.moment();
  const commits = txidOf(after.bookmark) - txidOf(before.bookmark);
  const problems: string[] = [];
  if (ended.status !== "completed") {
    if (after.digest !== before.digest) problems.push(`${ended.status}, but the database is another one`);
    if (commits !== 0) problems.push(`${ended.status}, with ${commits} commits`);
    return problems;
  }
  if (after.digest !== target.digest) problems.push("completed, but not in the state that was asked for");
  if (commits !== 1) problems.push(`completed with ${commits} commits`);
  const { previous, restoreBookmark, reached } = ended;
  if (previous?.bookmark !== before.bookmark)
    problems.push(`its way back is ${previous?.bookmark}, not ${before.bookmark}`);
  if (restoreBookmark !== after.bookmark) problems.push(`its own commit is ${restoreBookmark}, not ${after.bookmark}`);
  if (target.bookmark !== "" && reached?.bookmark !== target.bookmark) problems.push(`it reached ${reached?.bookmark}`);
  return problems;
}

async function untouched(world: StageWorld, before: Moment): Promise<string[]> {
  const after = await world.moment();
  const isSame = after.digest === before.digest && after.bookmark === before.bookmark;
  return isSame ? [] : ["the project was touched"];
}
