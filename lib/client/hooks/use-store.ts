import { apiClient } from "../api-client.ts";
import { queryKeys } from "../query-keys.ts";
import type { StoreView } from "../store-types.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** Where the backups of a namespace go, refreshed every half minute. */
export function useStore(namespace: string, initialData?: StoreView) {
  return useAnswer({
    queryKey: queryKeys.store(namespace),
    queryFn: ({ signal }) => apiClient.store(namespace, { signal }),
    refetchInterval: 30_000,
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}
