import type { PlanView, RestoreView } from "../../client/api-types.ts";
import { formatDuration } from "../../client/format-duration.ts";
import type { GiveBackPlanView } from "../../client/give-back-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { Call } from "../remote/call.ts";
import { confirm } from "../remote/confirm.ts";
import { giveBackLines, skipping } from "../remote/give-back-plan.ts";
import { countLoss, planLines } from "../remote/loss.ts";
import { cellTime } from "../remote/moment.ts";
import { withApproval } from "../remote/request-approval.ts";
import { followRestore, isOpen, restoreLines, targetWords } from "../remote/restore-report.ts";
import { type Cell, tableLines } from "../text/table.ts";
import { group, verb } from "../verb.ts";
import { waitOf } from "./backups.ts";

const WAIT_TIMEOUT = { "wait-timeout": { value: "seconds", about: "watch no longer than that; it goes on" } } as const;

const list = verb({
  about: "restores of a database, the newest first",
  of: "database",
  options: {},
  examples: [["restores list --database shop", "what was restored, by whom, and whether it was undone"]],
  async run(call) {
    const database = await call.database();
    const found = {
      restores: await call.api.list<{ restores: RestoreView }>(`${database.route}/restores`, "restores"),
    };
    const { zone } = call.settings;
    call.output.answer({ ...found }, () =>
      tableLines(
        [
          { head: "when" },
          { head: "status" },
          { head: "what" },
          { head: "back to" },
          { head: "took", align: "right" },
          { head: "by" },
          { head: "undone" },
          { head: "id" },
        ],
        found.restores.map((one): Cell[] => [
          cellTime(one.createdAtMs, zone),
          { text: one.status, as: one.status === "completed" ? "good" : isOpen(one) ? "warning" : "bad" },
          targetWords(one),
          cellTime((one.reached ?? one.to).timeMs, zone),
          one.finishedAtMs === null || one.startedAtMs === null
            ? null
            : formatDuration(one.finishedAtMs - one.startedAtMs),
          one.requestedBy,
          one.undoneBy === null ? null : "yes",
          one.id,
        ]),
      ),
    );
    return 0;
  },
});

const show = verb({
  about: "everything about one restore, and the way back from it",
  takes: ["<id>"],
  of: "database",
  options: {},
  examples: [["restores show <id>", "what it reached, what was before, how long each took"]],
  async run(call, _values, [id = ""]) {
    const { restore } = await findRestore(call, id);
    call.output.answer({ ...restore }, () => restoreLines(restore, call.settings.zone));
    return 0;
  },
});

const watch = verb({
  about: "follow a restore to its end; exit code 1 where it fails, 7 where it is cancelled",
  takes: ["<id>"],
  of: "database",
  options: WAIT_TIMEOUT,
  examples: [["restores watch <id>", "after Ctrl-C, or from another machine"]],
  async run(call, values, [id = ""]) {
    const timeoutMs = waitOf(call, values["wait-timeout"]);
    const { restore, route } = await findRestore(call, id);
    const ended = await followRestore(call, route, restore, timeoutMs);
    call.output.answer({ ...ended }, () => restoreLines(ended, call.settings.zone));
    return 0;
  },
});

const undo = verb({
  about: "go back to the state just before a restore",
  takes: ["<id>"],
  of: "database",
  options: {
    yes: { about: "do not ask" },
    "skip-conflicts": { about: "of rows that were given back: leave those as they are that were changed since" },
    reason: { value: "text", about: "why, where others must approve it" },
    wait: { about: "wait for its end" },
    ...WAIT_TIMEOUT,
  },
  examples: [["restores undo <id> --yes --wait", "without being asked, and wait for it"]],
  notes: [
    "What was written since the restore goes too, and stays in the history like with every restore. An undo can be undone.",
  ],
  async run(call, { yes = false, "skip-conflicts": skips = false, reason, wait, ...more }, [id = ""]) {
    const timeoutMs = waitOf(call, more["wait-timeout"]);
    const { restore, route } = await findRestore(call, id);
    const { lines, planDigest } = await planUndo(call, restore, route);
    await confirm(call, { lines, name: null, flag: "--yes", given: yes });
    const database = await call.databaseNamed(restore.databaseId);
    const request = { kind: "restore.project", undoOf: restore.id } as const;
    const body = { planDigest, ...(skips ? { onConflict: skipping() } : {}) };
    const started = await withApproval(call, database, { reason, request }, () =>
      call.api.post<RestoreView>(`${route}/restores/${restore.id}/undo`, body),
    );
    // Of a preview that was overwritten the preview goes back, and has the undo in its own ledger.
    const written = `${call.namespace}/databases/${started.databaseId}`;
    const ended = wait ? await followRestore(call, written, started, timeoutMs) : started;
    call.output.answer({ ...ended }, () => restoreLines(ended, call.settings.zone));
    return 0;
  },
});

const cancel = verb({
  about: "stop a restore before it writes; later it ends by itself and can be undone",
  takes: ["<id>"],
  of: "database",
  options: {},
  examples: [["restores cancel <id>", "everything stays as it was"]],
  async run(call, _values, [id = ""]) {
    const { restore, route } = await findRestore(call, id);
    const { body } = await call.api.send<RestoreView>(`${route}/restores/${restore.id}`, { method: "DELETE" });
    call.output.answer({ ...body }, () => restoreLines(body, call.settings.zone));
    return 0;
  },
});

/** A restore by its id; of the database that was named, else of whichever it is. */
async function findRestore(call: Call, id: string): Promise<{ restore: RestoreView; route: string }> {
  const named = call.settings.database;
  const routes =
    named === null
      ? (await call.databases()).map((one) => `${call.namespace}/databases/${one.id}`)
      : [(await call.databaseNamed(named)).route];
  for (const route of routes) {
    try {
      return { route, restore: await call.api.get<RestoreView>(`${route}/restores/${encodeURIComponent(id)}`) };
    } catch (error) {
      if (!(error instanceof LastgoodError) || error.code !== "not_found") throw error;
    }
  }
  throw new LastgoodError("not_found", "There is no such restore.", {
    hint: "lastgood restores list --database <name> names those of a database.",
  });
}

/** What an undo would do: of a whole state, or of the rows that were given back. */
async function planUndo(call: Call, restore: RestoreView, route: string) {
  const { zone } = call.settings;
  if (restore.target === "rows") {
    const view = await call.api.post<GiveBackPlanView>(`${route}/give-back/plan`, { undoOf: restore.id });
    return { lines: giveBackLines(view.plan, zone), planDigest: view.plan.digest };
  }
  const target = restore.target === "preview" ? restore.copy : { id: restore.databaseId, name: restore.databaseName };
  if (restore.status !== "completed" || restore.previous === null || target?.id == null) {
    throw new LastgoodError("conflict", "Only a completed restore that wrote in place can be undone.", {
      hint: isOpen(restore)
        ? "Wait for its end, or cancel it."
        : "A copy is deleted instead: lastgood previews delete.",
    });
  }
  const database = await call.databaseNamed(target.id);
  const plan = await call.api.post<PlanView>(`${database.route}/plan`, { bookmark: restore.previous.bookmark });
  const loss = await countLoss(call, database, plan.plan.to.bookmark);
  const what = `${database.name} goes back to just before that restore`;
  return { lines: planLines(plan, loss, { name: database.name, zone, what }), planDigest: plan.plan.digest };
}

/** The ledger of what was restored. */
export const restores = group("restores", "what was restored, and the way back", { list, show, watch, undo, cancel });
