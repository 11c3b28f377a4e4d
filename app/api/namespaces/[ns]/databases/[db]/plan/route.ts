import { parseRestoreSource } from "../../../../../../../lib/domain/restore-source.ts";
import { parseRestoreTarget } from "../../../../../../../lib/domain/restore-target.ts";
import { namingNearest } from "../../../../../../../lib/services/history/naming-nearest.ts";
import { planRestore } from "../../../../../../../lib/services/restores/plan-restore.ts";
import { planAnswer } from "../../../../../../../lib/web/answers/restore-answers.ts";
import { RESTORE_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { restorePlanSchema } from "../../../../../../../lib/web/restore-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "planRestore",
      tag: "Restores",
      summary: "See what a restore would do",
      action: "restore.plan",
      answers: { 200: { says: "The plan; its digest binds a restore to it.", schema: planAnswer } },
      errors: [...RESTORE_ERRORS],
    },
    body: restorePlanSchema,
    handle: async ({ ctx, param, body }) => {
      const of = { namespace: param("ns"), database: param("db") };
      const into = parseRestoreTarget(body);
      const plan = async () => planRestore(ctx, { ...of, source: parseRestoreSource(body), into });
      return json(await namingNearest(ctx, of, plan));
    },
  }),
});
