import { formatCount } from "../../lib/client/format-count.ts";
import type { ErasureMore, ErasurePlan } from "../../lib/domain/erasure.ts";
import { MomentText } from "../ui/moment-text.tsx";

/** What an erasure takes, and what it does not: the same words for whoever asks, approves and looks back. */
export function ErasurePlanWords({ plan }: { plan: ErasurePlan }) {
  const { begins, more, oldestMs, labels, undos, backups, previews, hasSecondCopy } = plan;
  const isOfCluster = more !== null && more !== undefined;
  return (
    <div className="grid gap-3 text-14">
      <p>
        {more?.isTaken === false
          ? "Everything up to a base backup that is still to be taken, so at least what is before "
          : "Everything before the state of "}
        <MomentText ms={begins.timeMs} withZone />
        {more?.isTaken === false ? ", " : " "}is removed from the history for good
        {oldestMs !== null && (
          <>
            , back to <MomentText ms={oldestMs} withZone />
          </>
        )}
        . {more?.isTaken === false ? "The state of that base backup" : "That state"} becomes the oldest one that can be
        restored.
      </p>
      {isOfCluster && <MoreThanAsked plan={plan} more={more} />}
      <ul className="grid list-disc gap-1 pl-5 marker:text-ink-3">
        <li>{named(labels.count, "label", labels.names, "can no longer be restored")}</li>
        <li>
          {undos === 0 ? "No restore loses its undo." : `${formatCount(undos, "restore")} can no longer be undone.`}
        </li>
        <li>
          {named(
            backups.count,
            "backup",
            backups.keys,
            backups.included ? "with older states goes as well" : "with older states stays; delete it yourself",
            backups.included ? "with older states go as well" : "with older states stay; delete them yourself",
          )}
        </li>
        <li>
          {named(
            previews.count,
            "preview",
            previews.names,
            "made of older states stays, with a history of its own",
            "made of older states stay, with histories of their own",
          )}
        </li>
        {hasSecondCopy && (
          <li>
            The second copy follows within days, where its store does not lock objects. Copies in that store that were
            begun before, of a history that was set back or begun anew, stay: remove them there.
          </li>
        )}
        <li>
          {isOfCluster ? (
            <>
              The database itself is not touched. What was deleted in it may still lie in its tables' files and in its
              statistics, and so in the base backup: run <code>VACUUM FULL</code> on those tables, then{" "}
              <code>ANALYZE</code> and <code>VACUUM FULL pg_statistic</code>, before the moment that you choose.
            </>
          ) : (
            <>
              The database itself is not touched. What was deleted in it may still lie in its free pages: run{" "}
              <code>VACUUM</code> before the moment that you choose.
            </>
          )}
        </li>
      </ul>
    </div>
  );
}

/** A cluster's history can begin with a base backup alone. */
function MoreThanAsked({ plan, more }: { plan: ErasurePlan; more: ErasureMore }) {
  const counted = more.commits === 0 ? "no commit" : formatCount(more.commits, "commit");
  return (
    <p>
      You asked for everything before <MomentText ms={plan.beforeMs} withZone />.{" "}
      {more.isTaken ? (
        <>
          The history of a cluster can only begin with a base backup, and the first one after that moment is the one
          that the state above comes from: <strong>{counted} more</strong> than you asked for can no longer be restored.
        </>
      ) : (
        <>
          The history of a cluster can only begin with a base backup, and none was begun since. One is taken as soon as
          this is announced, and everything up to its end goes: <strong>at least {counted} more</strong> than you asked
          for.
        </>
      )}
    </p>
  );
}

function named(count: number, noun: string, names: readonly string[], one: string, many = one): string {
  if (count === 0) return `No ${noun} is concerned.`;
  const left = count - names.length;
  const list = `${names.join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
  return `${formatCount(count, noun)} ${count === 1 ? one : many}: ${list}.`;
}
