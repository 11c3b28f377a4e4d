import { keepPreviousData } from "@tanstack/react-query";
import { apiClient } from "../api-client.ts";
import { queryKeys } from "../query-keys.ts";
import type { ViewBody } from "../view-types.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** Read-only SQL on the state of a moment. What a bookmark's state holds never changes, so it is asked for once. Null waits. */
export function useView(
  namespace: string,
  database: string,
  at: ViewBody["at"] | null,
  sql: string | null,
  { keepsFormer = false }: { keepsFormer?: boolean } = {},
) {
  return useAnswer({
    queryKey: queryKeys.view(namespace, database, at, sql ?? ""),
    queryFn: ({ signal }) =>
      apiClient.view(namespace, database, { at: at ?? { bookmark: "" }, sql: sql ?? "" }, { signal }),
    enabled: at !== null && sql !== null,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: retryQuery,
    ...(keepsFormer && { placeholderData: keepPreviousData }),
  });
}
