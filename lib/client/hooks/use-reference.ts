import { apiClient } from "../api-client.ts";
import { queryKeys } from "../query-keys.ts";
import { findReference } from "../read-reference.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/**
 * What one call of the API takes and answers, out of the OpenAPI document, which is fetched once for all of them. Null where it has no
 * such call, which is so for a page that is older than the console.
 */
export function useReference(id: string, caller: { baseUrl: string; namespace: string }) {
  const query = useAnswer({
    queryKey: queryKeys.openApi(),
    queryFn: ({ signal }) => apiClient.openApiDocument({ signal }),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: retryQuery,
  });
  return { error: query.error, operation: query.data && findReference(query.data, id, caller) };
}
