import { apiClient } from "../api-client.ts";
import { queryKeys } from "../query-keys.ts";
import { useAnswer } from "./use-answer.ts";

/** Whether console, agent, keepers and reader are ready, every five seconds. */
export function useHealth() {
  return useAnswer({
    queryKey: queryKeys.health(),
    queryFn: ({ signal }) => apiClient.health({ signal }),
    refetchInterval: 5_000,
  });
}
