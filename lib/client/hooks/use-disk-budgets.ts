import { apiClient } from "../api-client.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** How the disks of a namespace's agents stand, refreshed every half minute. */
export function useDiskBudgets(namespace: string) {
  return useAnswer({
    queryKey: queryKeys.diskBudgets(namespace),
    queryFn: ({ signal }) => apiClient.diskBudgets(namespace, { signal }),
    refetchInterval: 30_000,
    retry: retryQuery,
  });
}
