import { z } from "zod";
import { describeHandlers } from "../../../lib/web/operation.ts";
import { answer } from "../../../lib/web/route.ts";
import { readDocument } from "./read-document.ts";

export const dynamic = "force-dynamic";

/** The same for everybody, and without a secret: so programs that read it need no token. */
export const GET = async (request: Request) =>
  answer(request, async () => {
    const { text, etag } = await readDocument();
    const headers = { etag, "cache-control": "no-cache", "access-control-allow-origin": "*" };
    if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers });
    return new Response(text, { headers: { ...headers, "content-type": "application/json" } });
  });

describeHandlers(
  { GET },
  {
    GET: {
      id: "readOpenApiDocument",
      tag: "System",
      summary: "Read this document",
      action: null,
      isPublic: true,
      answers: {
        200: { says: "An OpenAPI 3.1 document.", schema: z.looseObject({ openapi: z.string() }), headers: ["etag"] },
        304: { says: "It is as it was." },
      },
    },
  },
);
