import { apiClient } from "../api-client.ts";
import type { RestoreSourceBody, RestoreView } from "../api-types.ts";
import type { RestoreTargetBody } from "../preview-types.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

const isOpen = (restore: RestoreView) => restore.status === "queued" || restore.status === "running";

/** The restores of a database, newest first; every half second while one is open, else every five seconds. */
export function useRestores(namespace: string, database: string, initialData?: RestoreView[]) {
  return useAnswer({
    queryKey: queryKeys.restores(namespace, database),
    queryFn: ({ signal }) => apiClient.restores(namespace, database, { signal }),
    refetchInterval: (query) => (query.state.data?.some(isOpen) ? 500 : 5_000),
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}

/** One restore, every 250 ms until it has ended. Null waits. */
export function useRestore(namespace: string, database: string, restoreId: string | null, initialData?: RestoreView) {
  return useAnswer({
    queryKey: queryKeys.restore(namespace, database, restoreId ?? ""),
    queryFn: ({ signal }) => apiClient.restoreById(namespace, database, restoreId ?? "", { signal }),
    enabled: restoreId !== null,
    refetchInterval: (query) => (query.state.data && !isOpen(query.state.data) ? false : 250),
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}

/**
 * What a restore of `source` into a target would do, asked anew every five seconds since a live database moves on. Null
 * waits; without a target it is a restore in place.
 */
export function useRestorePlan(
  namespace: string,
  database: string,
  source: (RestoreSourceBody & RestoreTargetBody) | null,
) {
  return useAnswer({
    queryKey: queryKeys.plan(namespace, database, source),
    queryFn: ({ signal }) => apiClient.plan(namespace, database, source ?? { bookmark: "" }, { signal }),
    enabled: source !== null,
    refetchInterval: 5_000,
    retry: retryQuery,
  });
}
