import "server-only";
import { headers } from "next/headers";
import type { z } from "zod";
import type { ActionResult } from "../client/api-types.ts";
import { LastgoodError } from "../domain/errors.ts";
import type { CallContext } from "../services/call-context.ts";
import { reachAction, setActionStatus } from "./action-status.ts";
import { callOrigin, requireSameOrigin } from "./authenticate.ts";
import { toRefusal } from "./problem-details.ts";
import { currentContext } from "./session.ts";

type ServerAction<Input, Value> = (input: Input) => Promise<ActionResult<Value>>;

/** A server action for signed-in people. It never throws at the browser: whatever goes wrong is its answer. */
export function action<Schema extends z.ZodType, Value>(
  schema: Schema,
  run: (ctx: CallContext, input: z.output<Schema>) => Promise<Value>,
): ServerAction<z.input<Schema>, Value> {
  return (input) =>
    answerAction(async () => {
      const ctx = await currentContext();
      if (!ctx) {
        throw new LastgoodError("unauthenticated", "You are not signed in any more.", { hint: "Sign in again." });
      }
      return run(ctx, schema.parse(input));
    });
}

/** A server action for strangers: set-up and sign-in. */
export function publicAction<Schema extends z.ZodType, Value>(
  schema: Schema,
  run: (origin: CallContext["origin"], input: z.output<Schema>) => Promise<Value>,
): ServerAction<z.input<Schema>, Value> {
  return (input) => answerAction(async (origin) => run(origin, schema.parse(input)));
}

async function answerAction<Value>(
  run: (origin: CallContext["origin"]) => Promise<Value>,
): Promise<ActionResult<Value>> {
  reachAction();
  const incoming = await headers();
  const origin = callOrigin(incoming);
  try {
    requireSameOrigin(incoming);
    return { ok: true, value: await run(origin) };
  } catch (error) {
    const { code, message, details, status } = toRefusal(error, origin.requestId);
    setActionStatus(status);
    return { ok: false, error: { code, message, details, requestId: origin.requestId } };
  }
}
