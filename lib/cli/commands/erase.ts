import type { ErasureView } from "../../client/erasure-types.ts";
import { formatBytes } from "../../client/format-bytes.ts";
import type { ErasureMore, ErasurePlan } from "../../domain/erasure.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { confirm } from "../remote/confirm.ts";
import { resolveMoment, timeWords } from "../remote/moment.ts";
import { withApproval } from "../remote/request-approval.ts";
import { cleanCell } from "../text/clean-text.ts";
import { factLines } from "../text/table.ts";
import { alone, verb } from "../verb.ts";

/** Purges history up to a moment. */
export const erase = alone(
  "erase",
  verb({
    about: "purge the history before a moment for good, once a grace period is over; without --confirm it asks",
    takes: ["<name|id>"],
    options: {
      before: { value: "moment", about: "everything before it goes; its own state stays" },
      "include-backups": { about: "delete backups of older states as well" },
      confirm: { about: "do not ask" },
      cancel: { value: "id", about: "take an announced erasure back" },
      reason: { value: "text", about: "why; needed where others must approve it" },
    },
    examples: [
      ['erase shop --before "2026-11-20 14:00 UTC"', "shows what goes, and asks"],
      ["erase shop --cancel <id>", "the history stays"],
    ],
    async run(call, values, [reference = ""]) {
      const { before, cancel, reason } = values;
      const database = await call.databaseNamed(reference);
      if (cancel !== undefined) {
        const path = `${database.route}/erasures/${encodeURIComponent(cancel)}`;
        const { body } = await call.api.send<ErasureView>(path, { method: "DELETE" });
        call.output.answer({ ...body }, () => ["Cancelled: the history stays as it is."]);
        return 0;
      }
      if (before === undefined) {
        throw new LastgoodError("invalid_input", "Which history is to go is missing.", {
          field: "--before",
          hint: 'Give --before, as in lastgood erase shop --before "2026-11-20 14:00 UTC".',
        });
      }
      const { asked, timeMs } = await resolveMoment(call, database, before);
      const body = {
        beforeMs: asked.kind === "time" ? asked.atMs : timeMs,
        includeBackups: values["include-backups"] ?? false,
      };
      const plan = await call.api.post<ErasurePlan>(`${database.route}/erasures/plan`, body);
      const lines = planLines(plan, database.name, call.settings.zone);
      await confirm(call, { lines, name: database.name, flag: "--confirm", given: values.confirm ?? false });
      const made = await withApproval(call, database, { reason, request: { kind: "history.erase", ...body } }, () =>
        call.api.post<ErasureView>(`${database.route}/erasures`, {
          ...body,
          confirmName: database.name,
          ...(reason !== undefined && { reason }),
        }),
      );
      call.output.answer({ ...made }, () => [
        `Announced. It begins after ${timeWords(made.runAfterMs, call.settings.zone)}.`,
        `Until then: lastgood erase ${database.name} --cancel ${made.id}`,
        ...(made.removedBytes === null ? [] : [`${formatBytes(made.removedBytes)} removed.`]),
      ]);
      return 0;
    },
  }),
);

function planLines(plan: ErasurePlan, name: string, zone: string): string[] {
  const { begins, more, labels, undos, backups, previews, hasSecondCopy } = plan;
  return [
    `Everything before ${timeWords(begins.timeMs, zone)}${more?.isTaken === false ? ", at least," : ""} is removed from the history of ${cleanCell(name)} for good.`,
    ...(more ? moreLines(plan.beforeMs, more, zone) : []),
    ...factLines([
      ["labels lost", `${labels.count}${labels.count > 0 ? `: ${labels.names.map(cleanCell).join(", ")}` : ""}`],
      ["undos lost", String(undos)],
      ["backups of older states", `${backups.count}, ${backups.included ? "deleted as well" : "which stay"}`],
      ["previews of older states", `${previews.count}, which stay`],
      [
        "second copy",
        hasSecondCopy ? "follows by its own rounds; copies of earlier histories in its store stay" : "none",
      ],
    ]),
  ];
}

/** A cluster's history can begin with a base backup alone. */
function moreLines(beforeMs: number, { commits, isTaken }: ErasureMore, zone: string): string[] {
  const asked = `You asked for what is before ${timeWords(beforeMs, zone)}.`;
  const counted = `${commits} commit${commits === 1 ? "" : "s"} more than that`;
  return isTaken
    ? [`${asked} A cluster's history begins with a base backup: ${counted} can no longer be restored.`]
    : [
        `${asked} A cluster's history begins with a base backup, and none was begun since:`,
        `one is taken once this is announced, and everything up to its end goes, at least ${counted}.`,
      ];
}
