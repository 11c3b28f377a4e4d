import { apiClient } from "../api-client.ts";
import type { SnapshotView } from "../api-types.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** The labels of a database, newest first, refreshed every ten seconds. */
export function useSnapshots(namespace: string, database: string, initialData?: SnapshotView[]) {
  return useAnswer({
    queryKey: queryKeys.snapshots(namespace, database),
    queryFn: ({ signal }) => apiClient.snapshots(namespace, database, { signal }),
    refetchInterval: 10_000,
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}
