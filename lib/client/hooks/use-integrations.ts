import { apiClient } from "../api-client.ts";
import type { IntegrationView } from "../integration-types.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** The integrations of a namespace, oldest first; every second while something is about to be pushed. */
export function useIntegrations(namespace: string, initialData: IntegrationView[]) {
  return useAnswer({
    queryKey: queryKeys.integrations(namespace),
    queryFn: ({ signal }) => apiClient.integrations(namespace, { signal }),
    refetchInterval: ({ state }) =>
      state.data?.some(({ lastPush }) => lastPush?.status === "pending" && lastPush.attempts === 0) ? 1_000 : 5_000,
    retry: retryQuery,
    initialData,
  });
}

/** The newest pushes of one of them. */
export function usePushes(namespace: string, integrationId: string) {
  return useAnswer({
    queryKey: queryKeys.pushes(namespace, integrationId),
    queryFn: ({ signal }) => apiClient.pushes(namespace, integrationId, { signal }),
    refetchInterval: 2_000,
    retry: retryQuery,
  });
}
