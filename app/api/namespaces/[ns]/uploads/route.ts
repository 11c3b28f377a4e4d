import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { LastgoodError } from "../../../../../lib/domain/errors.ts";
import { receiveUpload } from "../../../../../lib/services/databases/receive-upload.ts";
import { uploadAnswer } from "../../../../../lib/web/answers/database-answers.ts";
import { uploadQuerySchema } from "../../../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  PUT: endpoint({
    operation: {
      id: "uploadFile",
      tag: "Databases",
      summary: "Upload an SQLite file",
      action: "database.create",
      answers: { 201: { says: "Its id goes into createDatabase.", schema: uploadAnswer } },
      errors: ["storage_full", "attach_refused", "conflict"],
      bodyType: { contentType: "application/octet-stream", says: "The bytes of the file." },
    },
    query: uploadQuerySchema,
    async handle({ ctx, param, query, request }) {
      const { body } = request;
      if (request.headers.get("content-type") !== "application/octet-stream") {
        throw new LastgoodError("unsupported_media_type", "The body must be the file's bytes.", {
          hint: "Send the header Content-Type: application/octet-stream.",
        });
      }
      if (body === null) {
        throw new LastgoodError("invalid_input", "The upload is empty.", { field: "", hint: "Send the file as body." });
      }
      const open = () => Readable.fromWeb(body as ReadableStream<Uint8Array>);
      return json(await receiveUpload(ctx, { namespace: param("ns"), region: query.region, open }), 201);
    },
  }),
});
