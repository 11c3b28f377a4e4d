import { LastgoodError } from "../../../../../lib/domain/errors.ts";
import { awaitProtection } from "../../../../../lib/services/databases/await-protection.ts";
import { createDatabase } from "../../../../../lib/services/databases/create-database.ts";
import { pageDatabases } from "../../../../../lib/services/databases/list-databases.ts";
import { pageOf } from "../../../../../lib/web/answers/answer-schema.ts";
import { databaseAnswer, jobAnswer } from "../../../../../lib/web/answers/database-answers.ts";
import { createDatabaseSchema, toDatabaseSource } from "../../../../../lib/web/api-schemas.ts";
import { ADDRESS_ERRORS, RESTORE_ERRORS } from "../../../../../lib/web/operation-errors.ts";
import { pageQuerySchema } from "../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

const WAIT_MS = 20_000;

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listDatabases",
      tag: "Databases",
      summary: "List the databases",
      action: "database.list",
      answers: {
        200: { says: "A page, oldest first.", schema: pageOf("databases", databaseAnswer) },
      },
    },
    query: pageQuerySchema,
    handle: async ({ ctx, param, query }) => json(await pageDatabases(ctx, { namespace: param("ns"), ...query })),
  }),
  POST: endpoint({
    operation: {
      id: "createDatabase",
      tag: "Databases",
      summary: "Attach, create, upload or connect a database",
      description: "Without attach, connect, uploadId or sample an empty hosted database is made.",
      action: ["database.create", "database.attach"],
      answers: {
        201: {
          says: "It is protected.",
          schema: databaseAnswer.extend({ job: jobAnswer }).meta({ id: "NewDatabase" }),
          headers: ["location"],
        },
        202: {
          says: "It is being prepared.",
          schema: databaseAnswer.extend({ job: jobAnswer }).meta({ id: "NewDatabase" }),
          headers: ["location"],
        },
      },
      errors: [...RESTORE_ERRORS, "attach_refused", ...ADDRESS_ERRORS, "sql_error", "sql_denied"],
      waits: true,
    },
    idempotent: true,
    body: createDatabaseSchema,
    async handle({ ctx, param, body, request, respondAsync }) {
      const namespace = param("ns");
      const { name, windowDays, region } = body;
      const source = toDatabaseSource(body);
      const created = await createDatabase(ctx, { namespace, name, windowDays, region, source });
      const location = `/api/namespaces/${encodeURIComponent(namespace)}/databases/${created.database.id}`;
      const headers = { location };
      if (respondAsync) return json({ ...created.database, job: created.job }, 202, headers);
      const settled = await awaitProtection(ctx, { namespace, created, timeoutMs: WAIT_MS, signal: request.signal });
      const { database, job } = settled;
      if (database.state === "failed") {
        throw new LastgoodError(settled.code, job.error?.message ?? "The database could not be protected.", {
          hint: job.error?.hint ?? "Mend the cause and try again; the name is free for the next attempt.",
          databaseId: database.id,
        });
      }
      return json({ ...database, job }, database.state === "preparing" ? 202 : 201, headers);
    },
  }),
});
