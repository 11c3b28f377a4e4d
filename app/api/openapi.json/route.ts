import { z } from "zod";
import { hasAlready } from "../../../lib/web/etag.ts";
import { openRoute } from "../../../lib/web/open-route.ts";
import { readDocument } from "./read-document.ts";

export const dynamic = "force-dynamic";

/** The same for everybody, and without a secret: so programs that read it need no token. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = openRoute({
  GET: {
    operation: {
      id: "readOpenApiDocument",
      tag: "System",
      summary: "Read this document",
      action: null,
      answers: { 200: { says: "An OpenAPI 3.1 document.", schema: z.looseObject({ openapi: z.string() }) } },
    },
    async run(request) {
      const { text, etag } = await readDocument();
      const headers = { etag, "cache-control": "no-cache", "access-control-allow-origin": "*" };
      if (hasAlready(request, etag)) return new Response(null, { status: 304, headers });
      return new Response(text, { headers: { ...headers, "content-type": "application/json" } });
    },
  },
});
