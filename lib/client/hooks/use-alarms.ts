import type { AlarmState } from "../../domain/alarm.ts";
import type { AlarmSettingsView, AlarmsView } from "../alarm-types.ts";
import { apiClient } from "../api-client.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** The alarms of a namespace, newest first, every five seconds; `open` are those that are not resolved. */
export function useAlarms(
  namespace: string,
  query: { state?: AlarmState | "open"; limit: number },
  initialData?: AlarmsView,
) {
  return useAnswer({
    queryKey: queryKeys.alarms(namespace, query),
    queryFn: ({ signal }) => apiClient.alarms(namespace, query, { signal }),
    refetchInterval: 5_000,
    retry: retryQuery,
    placeholderData: (former) => former,
    ...(initialData && { initialData }),
  });
}

/** What every page shows of them: the open ones, as many as anybody would read. */
export function useOpenAlarms(namespace: string, initialData?: AlarmsView) {
  return useAlarms(namespace, { state: "open", limit: 20 }, initialData);
}

/** Who is told; every second while a test is on its way. */
export function useAlarmSettings(namespace: string, initialData: AlarmSettingsView) {
  return useAnswer({
    queryKey: queryKeys.alarmSettings(namespace),
    queryFn: ({ signal }) => apiClient.alarmSettings(namespace, { signal }),
    refetchInterval: ({ state }) => (state.data?.test?.status === "pending" ? 1_000 : 10_000),
    retry: retryQuery,
    initialData,
  });
}
