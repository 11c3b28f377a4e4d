"use client";

import { useRouter } from "next/navigation";
import type { ActionResult } from "../../lib/client/api-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";

/**
 * A server action that leads to another page. It goes there as soon as the action has answered: what the page asks for
 * anew meanwhile may take away the very control that was pressed, and callbacks of a control that is gone never run.
 */
export function useActionThenGo<Input, Value>(
  namespace: string,
  action: (input: Input) => Promise<ActionResult<Value>>,
  hrefOf: (value: Value) => string,
) {
  const router = useRouter();
  return useServerAction<Input, Value>(namespace, async (input) => {
    const result = await action(input);
    if (result.ok) router.push(hrefOf(result.value));
    return result;
  });
}
