import type { RestoreView } from "../../client/api-types.ts";
import type { CutoverPlanView } from "../../client/preview-types.ts";
import { confirm } from "../remote/confirm.ts";
import { countLoss, planLines } from "../remote/loss.ts";
import { withApproval } from "../remote/request-approval.ts";
import { followRestore, restoreLines } from "../remote/restore-report.ts";
import { alone, verb } from "../verb.ts";
import { waitOf } from "./backups.ts";
import { findPreview } from "./previews.ts";

/** What was prepared in a preview becomes the project. */
export const cutover = alone(
  "cutover",
  verb({
    about: "make a preview's present state the project's, as one commit that can be undone",
    of: "database",
    options: {
      "preview-id": { value: "name|id", about: "the preview that was prepared" },
      "confirm-project-overwrite": { about: "overwrite the project without being asked" },
      reason: { value: "text", about: "why; where others must approve, they decide by it" },
      plan: { about: "show what it would do and what would be lost, and do nothing" },
      wait: { about: "wait for its end" },
      "wait-timeout": { value: "seconds", about: "wait no longer than that; it goes on" },
      "idempotency-key": { value: "key", about: "the same key cuts over once, however often it is sent" },
    },
    examples: [
      ["cutover --database shop --preview-id rehearsed --plan", "what the project wrote since the preview was made"],
      ["cutover --database shop --preview-id rehearsed --confirm-project-overwrite --wait", "do it"],
    ],
    async run(
      call,
      { "preview-id": reference, "confirm-project-overwrite": given = false, reason, plan: only, wait, ...more },
    ) {
      if (reference === undefined) throw call.wrongly("Say which preview, with --preview-id");
      const timeoutMs = waitOf(call, more["wait-timeout"]);
      const database = await call.database();
      const { id: previewId, name: preview } = await findPreview(call, reference);
      const view = await call.api.post<CutoverPlanView>(`${database.route}/cutover/plan`, { previewId });
      const loss = view.base === null ? null : await countLoss(call, database, view.base.bookmark);
      const what = `${database.name} becomes what ${preview} is now; what ${database.name} wrote since the preview was made is lost`;
      const lines = planLines(view, loss, { name: database.name, zone: call.settings.zone, what });
      if (only) {
        call.output.answer({ ...view, loss }, () => lines);
        return 0;
      }
      await confirm(call, { lines, name: database.name, flag: "--confirm-project-overwrite", given });
      const body = { preview_id: previewId, confirm_project_overwrite: true, reason, plan_digest: view.plan.digest };
      const idempotencyKey = more["idempotency-key"] ?? true;
      const { id } = await withApproval(
        call,
        database,
        { reason, request: { kind: "restore.cutover", previewId } },
        () => call.api.post<{ id: string }>(`${database.v1}/cutover`, body, { idempotencyKey }),
      );
      const started = await call.api.get<RestoreView>(`${database.route}/restores/${id}`);
      const ended = wait ? await followRestore(call, database.route, started, timeoutMs) : started;
      call.output.answer({ ...ended }, () => restoreLines(ended, call.settings.zone));
      return 0;
    },
  }),
);
