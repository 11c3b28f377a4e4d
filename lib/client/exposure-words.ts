import {
  bestCopy,
  type Exposure,
  type ExposureCopy,
  type ExposureLoss,
  type RestoreProof,
  type WholeExposure,
} from "../domain/exposure.ts";
import { formatCount } from "./format-count.ts";
import { formatAgo, formatDuration } from "./format-duration.ts";

const NAMED = 3;

/** For how long nothing was kept elsewhere, in whole seconds, at least one. */
function lengthOf({ sinceMs }: ExposureLoss, nowMs: number): string | null {
  return sinceMs === null ? null : formatDuration(Math.max(1, Math.ceil((nowMs - sinceMs) / 1000)) * 1000);
}

/** What would be lost, for a row: the figure, and what is to be said beside it. */
export function lossWords(lost: ExposureLoss, nowMs: number): { words: string; remark: string } {
  const length = lengthOf(lost, nowMs);
  switch (lost.kind) {
    case "nothing":
      return { words: "0 writes", remark: "all kept elsewhere" };
    case "everything":
      return { words: "everything", remark: "no copy elsewhere" };
    case "past":
      return { words: "its past", remark: "no copy of it elsewhere" };
    case "unknown":
      return { words: "unknown", remark: length === null ? "" : `at most the last ${length}` };
    default:
  }
  const uncaptured = lost.andUncaptured ? "not captured, and growing" : null;
  if (lost.commits === null || (lost.commits === 0 && lost.andUncaptured)) {
    return { words: `the last ${length}`, remark: uncaptured ?? "how many writes is not known" };
  }
  const words = formatCount(lost.commits, "write");
  return lost.andUncaptured
    ? { words: `${words} and more`, remark: `the last ${length}, and growing` }
    : { words, remark: `of the last ${length}` };
}

/** The same as one phrase: `12 writes of the last 4 s`. */
export function lossPhrase(lost: ExposureLoss, nowMs: number): string {
  const { words, remark } = lossWords(lost, nowMs);
  if (lost.kind === "some" && lost.commits !== null && !(lost.andUncaptured && lost.commits === 0)) {
    return lost.andUncaptured ? `${words} of the last ${lengthOf(lost, nowMs)}` : `${words} ${remark}`;
  }
  return words;
}

/** The first page's answer, and the sentences below it. */
export function answerExposure(whole: WholeExposure, nowMs: number): { answer: string; lede: string } {
  const { databases, lost } = whole;
  return {
    answer: answerOf(databases, lost, nowMs),
    lede: `${ledeOf(databases, lost, nowMs)} ${recoveryLede(databases)}`,
  };
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
const ofKind = (databases: readonly Exposure[], kind: ExposureLoss["kind"]) =>
  databases.filter((one) => one.lost.kind === kind);

function answerOf(databases: readonly Exposure[], lost: ExposureLoss, nowMs: number): string {
  switch (lost.kind) {
    case "nothing":
      return "Nothing.";
    case "everything": {
      const bare = ofKind(databases, "everything");
      if (bare.length < databases.length) {
        return `Everything in ${bare.length} of ${formatCount(databases.length, "database")}.`;
      }
      const only = bare.length === 1 ? "the only copy lies" : "the only copies lie";
      return `Everything: ${only} on ${bare.some(({ sharesDisk }) => sharesDisk === false) ? "this machine" : "this machine's disk"}.`;
    }
    case "past":
      return `The past of ${names(ofKind(databases, "past"))}.`;
    case "unknown":
      return "Nobody can tell right now.";
    default:
  }
  return sentence(lossPhrase(lost, nowMs));
}

function ledeOf(databases: readonly Exposure[], lost: ExposureLoss, nowMs: number): string {
  const all =
    databases.length === 1 ? (databases[0]?.database ?? "") : `all ${formatCount(databases.length, "database")}`;
  switch (lost.kind) {
    case "nothing":
      return `The newest write of ${all} is kept on another machine as well.`;
    case "everything":
      return bareLede(databases, nowMs);
    case "past":
      return "Its server is another machine and stays; what Lastgood kept of it is on this machine alone.";
    case "unknown": {
      const length = lengthOf(lost, nowMs);
      return `The agent does not answer.${length === null ? "" : ` At most what was written in the last ${length}: everything before is kept elsewhere.`}`;
    }
    default:
  }
  const exposed = ofKind(databases, "some");
  const uncaptured = exposed.filter((one) => one.lost.andUncaptured);
  const behind = exposed.filter(isCopyBehind);
  const why = behind.length === 0 ? "" : ` The second copy of ${names(behind)} does not keep up right now.`;
  const rest = `Everything before is kept on another machine as well.${why}`;
  return uncaptured.length === 0
    ? rest
    : `${rest} What is written to ${names(uncaptured)} is not captured, so that more is lost with each write.`;
}

/** Whether its second copy has not taken in what was captured, though it should have. */
export const isCopyBehind = ({ copies }: Pick<Exposure, "copies">): boolean =>
  copies.some(({ kind, behindSinceMs }) => kind === "second_copy" && behindSinceMs !== null);

/** Of what there is no copy elsewhere, and where the one lies that there is. */
function bareLede(databases: readonly Exposure[], nowMs: number): string {
  const bare = ofKind(databases, "everything");
  const [have, lies] =
    bare.length === 1
      ? ["has", "its history lies on the database's own disk"]
      : ["have", "their histories lie on the databases' own disks"];
  const own = bare.every(({ sharesDisk }) => sharesDisk === true) ? `; ${lies}` : "";
  const others = databases.filter((one) => one.lost.kind === "some");
  const also = others.map(({ database, lost }) => `${database} ${lossPhrase(lost, nowMs)}`).slice(0, NAMED);
  const rest = also.length === 0 ? "" : ` Beside that ${also.join(", ")}.`;
  return `${names(bare)} ${have} no copy on another machine${own}.${rest}`;
}

/** How long coming back takes. */
function recoveryLede(databases: readonly Exposure[]): string {
  const back = databases.filter(({ lost }) => lost.kind !== "everything");
  const measured = back.flatMap(({ recovery }) => recovery ?? []);
  if (back.length === 0) return "";
  if (measured.length === 0) return "How long coming back takes was never measured.";
  const slowest = formatDuration(Math.max(...measured.map(({ ms }) => ms)));
  const missing = back.length - measured.length;
  const rest = missing === 0 ? "" : `; ${missing === 1 ? "one was" : `${missing} were`} never measured`;
  return back.length === 1
    ? `A restore was measured at ${slowest}.`
    : `The slowest restore was measured at ${slowest}${rest}.`;
}

function names(databases: readonly Exposure[]): string {
  const all = databases.map(({ database }) => database);
  if (all.length > NAMED) return formatCount(all.length, "database");
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}

/** What a copy is, and where: `second copy`, `backup in the bucket backups`. */
export function copyWords({ kind, place, bucket }: ExposureCopy): string {
  const what = kind === "second_copy" ? "second copy" : "backup";
  if (place === "this_machine") return `${what} on this machine`;
  return bucket === null ? `${what} elsewhere` : `${what} in the bucket ${bucket}`;
}

/** From where a database would come back: `second copy elsewhere`; `nowhere`. */
export function sourceWords(exposure: Exposure): string {
  const best = bestCopy(exposure);
  return best ? copyWords(best) : "nowhere";
}

/** How long coming back took when it was last measured. */
export function recoveryWords({ recovery }: Pick<Exposure, "recovery">, nowMs: number): string {
  if (!recovery) return "never measured";
  return `${formatDuration(recovery.ms)}, by a ${recovery.by} ${formatAgo(recovery.atMs, nowMs)}`;
}

/** The last proven restore, for a row. */
export function proofWords(proof: RestoreProof, nowMs: number): { words: string; remark: string } {
  const { state, atMs, recoveryMs, failedAtMs } = proof;
  const proven = atMs === null ? null : formatAgo(atMs, nowMs);
  const back = recoveryMs === null ? "" : formatDuration(recoveryMs);
  if (state === "failed") {
    const failed = failedAtMs === null ? "" : ` ${formatAgo(failedAtMs, nowMs)}`;
    return { words: `failed${failed}`, remark: proven === null ? "never proven" : `proven ${proven}` };
  }
  if (proven === null) return { words: "never", remark: state === "overdue" ? "a drill is overdue" : "" };
  return { words: proven, remark: state === "overdue" ? "a drill is overdue" : `back in ${back}` };
}
