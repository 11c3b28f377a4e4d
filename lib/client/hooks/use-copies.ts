import { apiClient } from "../api-client.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** What the bucket of second copies holds; asked again every minute, since each copy's head is read for it. */
export function useCopies(namespace: string) {
  return useAnswer({
    queryKey: queryKeys.copies(namespace),
    queryFn: ({ signal }) => apiClient.copies(namespace, { signal }),
    refetchInterval: 60_000,
    retry: retryQuery,
  });
}

/** What was brought back lately or is being, newest first; every half second while something is. */
export function useCopyRestores(namespace: string) {
  return useAnswer({
    queryKey: queryKeys.copyRestores(namespace),
    queryFn: ({ signal }) => apiClient.copyRestores(namespace, { signal }),
    refetchInterval: (query) =>
      query.state.data?.restores.some(({ finishedAtMs }) => finishedAtMs === null) ? 500 : 15_000,
    retry: retryQuery,
  });
}
