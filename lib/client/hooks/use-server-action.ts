import { useMutation, useQueryClient } from "@tanstack/react-query";
import { fromWireError, isErrorCode, LastgoodError } from "../../domain/errors.ts";
import type { ActionResult } from "../api-types.ts";
import { queryKeys } from "../query-keys.ts";
import { useConfirmedAction } from "./use-confirmed-action.ts";

/** Gives an action's value, or throws its refusal as the LastgoodError it was, with `details.requestId`. */
export function unwrapActionResult<T>(result: ActionResult<T>): T {
  if (result.ok) return result.value;
  const { code, message, details, requestId } = result.error;
  throw fromWireError({ code: isErrorCode(code) ? code : "internal", message, details: { ...details, requestId } });
}

/**
 * A server action as a mutation; afterwards everything known of the namespace is asked for anew. Where it is answered
 * `confirmation_needed` the person is asked for password or code and it is made again. The action is handed in by the
 * page: this module must not know of the server.
 */
export function useServerAction<Input, Value>(
  namespace: string,
  action: (input: Input) => Promise<ActionResult<Value>>,
) {
  const queryClient = useQueryClient();
  const confirmed = useConfirmedAction(action);
  return useMutation<Value, LastgoodError, Input>({
    mutationFn: async (input) => {
      try {
        return unwrapActionResult(await confirmed(input));
      } catch (error) {
        if (error instanceof LastgoodError) throw error;
        throw new LastgoodError(
          "agent_unavailable",
          "The console cannot be reached.",
          { hint: "Check that Lastgood is running, then try again." },
          { cause: error },
        );
      }
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: queryKeys.namespace(namespace) }),
  });
}
