import { LastgoodError } from "../domain/errors.ts";
import type { CallContext } from "../services/call-context.ts";
import { answerOnce, type KeptAnswer } from "../services/idempotency/answer-once.ts";
import { problemResponse, toRefusal } from "./problem-details.ts";

type Repeatable = {
  key: string;
  namespace: string | null;
  run(ctx: CallContext): Promise<Response>;
  recall: ((ctx: CallContext, madeId: string) => Promise<Response>) | null;
};

/** Headers that belong to an answer wherever it is read. */
const KEPT_HEADERS = ["content-type", "location", "retry-after", "preference-applied", "cache-control"];

/** Carries a call out once for its Idempotency-Key; `body` is its JSON as it was read. */
export async function repeatable(
  request: Request,
  body: unknown,
  ctx: CallContext,
  { key, namespace, run, recall }: Repeatable,
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const kept = await answerOnce(ctx, {
    key,
    namespace,
    request: `${request.method} ${pathname}${search}\n${JSON.stringify(sortKeys(body))}`,
    signal: request.signal,
    run: async (context) => toKept(await run(context)),
    fail: async (error) => toKept(problemResponse(toRefusal(error, ctx.origin.requestId), ctx.origin.requestId)),
    recall: recall && (async (context, madeId) => toKept(await recall(context, madeId))),
  });
  return new Response(kept.body === "" ? null : kept.body, { status: kept.status, headers: kept.headers });
}

async function toKept(response: Response): Promise<KeptAnswer> {
  return { status: response.status, headers: headersOf(response), body: await response.text() };
}

function headersOf(response: Response): Record<string, string> {
  return Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** The same body for the same fields, in whatever order they were sent. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, sortKeys(part)]),
  );
}

/** Printable, at most 200 characters, as RFC drafts on the header suggest. */
export function readIdempotencyKey(headers: Headers): string | undefined {
  const key = headers.get("idempotency-key");
  if (key === null) return undefined;
  if (/^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw new LastgoodError("invalid_input", "The Idempotency-Key is not usable.", {
    field: "Idempotency-Key",
    hint: "Use 1 to 200 printable characters without spaces, a UUID for example.",
  });
}
