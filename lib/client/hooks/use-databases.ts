import { apiClient } from "../api-client.ts";
import type { DatabaseView } from "../api-types.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** All databases of a namespace with their capture state, refreshed every two seconds. */
export function useDatabases(namespace: string, initialData?: DatabaseView[]) {
  return useAnswer({
    queryKey: queryKeys.databases(namespace),
    queryFn: ({ signal }) => apiClient.databases(namespace, { signal }),
    refetchInterval: 2_000,
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}

/** One database with its capture state, refreshed every two seconds, every 500 ms while it is being prepared or restored. */
export function useDatabase(namespace: string, database: string, initialData?: DatabaseView) {
  return useAnswer({
    queryKey: queryKeys.databaseView(namespace, database),
    queryFn: ({ signal }) => apiClient.database(namespace, database, { signal }),
    refetchInterval: (query) => {
      const state = query.state.data?.state;
      return state === "preparing" || state === "restoring" ? 500 : 2_000;
    },
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}
