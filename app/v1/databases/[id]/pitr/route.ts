import { findDatabaseById } from "../../../../../lib/services/databases/find-project.ts";
import { restoreCopy } from "../../../../../lib/services/restores/restore-copy.ts";
import { readIdempotencyKey } from "../../../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";
import { namingPitrFields, toV1Pitr, v1PitrSchema } from "../../../../../lib/web/v1-pitr-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: v1PitrSchema,
    async handle({ ctx, param, body, request }) {
      const of = await findDatabaseById(ctx, param("id"));
      const restore = await namingPitrFields(() =>
        restoreCopy(ctx, {
          ...of,
          timestampMs: body.target_time,
          name: body.target_database_name,
          idempotencyKey: readIdempotencyKey(request.headers),
        }),
      );
      return json(toV1Pitr(restore), 202, { location: `/v1/databases/${of.database}/pitr/${restore.id}` });
    },
  }),
});
