import { apiClient } from "../api-client.ts";
import type { TokenView } from "../api-types.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** The API tokens that this person sees, newest first, refreshed every ten seconds. */
export function useTokens(namespace: string, initialData?: TokenView[]) {
  return useAnswer({
    queryKey: queryKeys.tokens(namespace),
    queryFn: ({ signal }) => apiClient.tokens(namespace, { signal }),
    refetchInterval: 10_000,
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}
