import { apiClient } from "../api-client.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** The erasures of a database, refreshed every half minute. */
export function useErasures(namespace: string, database: string) {
  return useAnswer({
    queryKey: queryKeys.erasures(namespace, database),
    queryFn: ({ signal }) => apiClient.erasures(namespace, database, { signal }),
    refetchInterval: 30_000,
    retry: retryQuery,
  });
}
