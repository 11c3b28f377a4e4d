import type { Exposure, WholeExposure } from "../../domain/exposure.ts";
import { apiClient } from "../api-client.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** What of a database would be lost if its machine died now, refreshed every three seconds. */
export function useExposure(namespace: string, database: string) {
  return useAnswer<Exposure>({
    queryKey: queryKeys.exposure(namespace, database),
    queryFn: ({ signal }) => apiClient.exposure(namespace, database, { signal }),
    refetchInterval: 3_000,
    retry: retryQuery,
  });
}

/** The same of all projects of a namespace. */
export function useWholeExposure(namespace: string, initialData?: WholeExposure) {
  return useAnswer<WholeExposure>({
    queryKey: queryKeys.wholeExposure(namespace),
    queryFn: ({ signal }) => apiClient.wholeExposure(namespace, { signal }),
    refetchInterval: 3_000,
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}
