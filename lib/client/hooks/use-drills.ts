import { apiClient } from "../api-client.ts";
import type { DrillsView, DrillView } from "../drill-types.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

export const isOpenDrill = ({ status }: DrillView) => status === "queued" || status === "running";

/** The latest drills of a database with its plan and proof; every half second while one runs, else every ten seconds. */
export function useDrills(namespace: string, database: string, initialData?: DrillsView) {
  return useAnswer({
    queryKey: queryKeys.drills(namespace, database),
    queryFn: ({ signal }) => apiClient.drills(namespace, database, null, { signal }),
    refetchInterval: (query) => (query.state.data?.drills.some(isOpenDrill) ? 500 : 10_000),
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}
