import { apiClient } from "../api-client.ts";
import type { DeletedDatabaseView } from "../api-types.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** The databases that were deleted and are not gone yet, the latest first, refreshed every ten seconds. */
export function useDeletedDatabases(namespace: string, initialData?: DeletedDatabaseView[]) {
  return useAnswer({
    queryKey: queryKeys.deleted(namespace),
    queryFn: ({ signal }) => apiClient.deletedDatabases(namespace, { signal }),
    refetchInterval: 10_000,
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}
