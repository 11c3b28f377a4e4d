import type { DeliveryStatus } from "../../domain/webhook.ts";
import { apiClient } from "../api-client.ts";
import { queryKeys } from "../query-keys.ts";
import type { WebhookView } from "../webhook-types.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** The webhooks of a namespace, oldest first, refreshed every five seconds. */
export function useWebhooks(namespace: string, initialData?: WebhookView[]) {
  return useAnswer({
    queryKey: queryKeys.webhooks(namespace),
    queryFn: ({ signal }) => apiClient.webhooks(namespace, { signal }),
    refetchInterval: 5_000,
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}

/** One of them. */
export function useWebhook(namespace: string, initialData: WebhookView) {
  return useAnswer({
    queryKey: queryKeys.webhook(namespace, initialData.id),
    queryFn: ({ signal }) => apiClient.webhook(namespace, initialData.id, { signal }),
    refetchInterval: 5_000,
    retry: retryQuery,
    initialData,
  });
}

/** Its newest deliveries; every second while one of them may end any moment. */
export function useDeliveries(namespace: string, webhookId: string, query: { status?: DeliveryStatus; limit: number }) {
  return useAnswer({
    queryKey: queryKeys.deliveries(namespace, webhookId, query),
    queryFn: ({ signal }) => apiClient.deliveries(namespace, webhookId, query, { signal }),
    refetchInterval: ({ state }) =>
      state.data?.deliveries.some(({ status, attempts }) => status === "pending" && attempts.length === 0)
        ? 1_000
        : 5_000,
    retry: retryQuery,
    placeholderData: (former) => former,
  });
}
