import { keepPreviousData } from "@tanstack/react-query";
import { apiClient } from "../api-client.ts";
import type { GiveBackPlanBody } from "../give-back-types.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** What giving rows back would do, asked anew every ten seconds since a live database moves on. Null waits. */
export function useGiveBackPlan(namespace: string, database: string, body: GiveBackPlanBody | null) {
  return useAnswer({
    queryKey: queryKeys.giveBackPlan(namespace, database, body),
    queryFn: ({ signal }) => apiClient.giveBackPlan(namespace, database, body ?? { undoOf: "" }, { signal }),
    enabled: body !== null,
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
    retry: retryQuery,
  });
}
