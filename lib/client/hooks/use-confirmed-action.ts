import { createContext, useCallback, useContext } from "react";
import type { ErrorDetails } from "../../domain/errors.ts";
import type { ActionResult } from "../api-types.ts";

/** Asks the person for what is named in `details.factor`; true once the session counts as confirmed again. */
export type AskToConfirm = (details: ErrorDetails) => Promise<boolean>;

/** How a page asks for password or code again; nothing is asked where no page provides it. */
export const ConfirmContext = createContext<AskToConfirm | null>(null);

/**
 * The same server action, which asks for password or code when it was answered `confirmation_needed` and then makes the very
 * same call again. Whoever closes the question gets that answer. `useServerAction` does this for all of its actions.
 */
export function useConfirmedAction<Input, Value>(
  action: (input: Input) => Promise<ActionResult<Value>>,
): (input: Input) => Promise<ActionResult<Value>> {
  const ask = useContext(ConfirmContext);
  return useCallback(
    async (input) => {
      const first = await action(input);
      if (first.ok || first.error.code !== "confirmation_needed" || ask === null) return first;
      return (await ask(first.error.details)) ? action(input) : first;
    },
    [action, ask],
  );
}
