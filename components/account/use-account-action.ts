"use client";

import { useRouter } from "next/navigation";
import type { ActionResult } from "../../lib/client/api-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useViewer } from "../shell/console-context.tsx";

/** A server action about one's own account; the page is asked for anew once it was answered. */
export function useAccountAction<Input, Value>(action: (input: Input) => Promise<ActionResult<Value>>) {
  const { namespace } = useViewer();
  const router = useRouter();
  return useServerAction<Input, Value>(namespace.slug, async (input) => {
    const result = await action(input);
    if (result.ok) router.refresh();
    return result;
  });
}
