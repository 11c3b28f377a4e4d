import type { AgentsView, EnrolmentView } from "../agent-types.ts";
import { apiClient } from "../api-client.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** All agents of this Lastgood, asked again every ten seconds. */
export function useAgents(namespace: string, initialData: AgentsView) {
  return useAnswer({
    queryKey: queryKeys.agents(namespace),
    queryFn: ({ signal }) => apiClient.agents(namespace, { signal }),
    refetchInterval: 10_000,
    retry: retryQuery,
    initialData,
  });
}

/** The tokens that were made for machines, the newest first. */
export function useEnrolments(namespace: string, initialData: EnrolmentView[]) {
  return useAnswer({
    queryKey: queryKeys.enrolments(namespace),
    queryFn: ({ signal }) => apiClient.enrolments(namespace, { signal }),
    refetchInterval: 10_000,
    retry: retryQuery,
    initialData,
  });
}
