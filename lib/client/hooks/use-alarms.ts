import { useInfiniteQuery } from "@tanstack/react-query";
import type { AlarmState } from "../../domain/alarm.ts";
import type { AlarmSettingsView, AlarmsView } from "../alarm-types.ts";
import { apiClient } from "../api-client.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

const A_PAGE = 20;

/** What every page shows of them: the open ones, as many as anybody would read; every five seconds. */
export function useOpenAlarms(namespace: string, initialData?: AlarmsView) {
  const query = { state: "open", limit: A_PAGE };
  return useAnswer({
    queryKey: queryKeys.alarms(namespace, query),
    queryFn: ({ signal }) => apiClient.alarms(namespace, query, { signal }),
    refetchInterval: 5_000,
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}

/** The alarms of a namespace, newest first, page by page, every five seconds; `open` are those that are not resolved, null is all. */
export function useAlarms(namespace: string, state: AlarmState | "open" | null, initial?: AlarmsView) {
  const query = { ...(state !== null && { state }), limit: A_PAGE };
  return useInfiniteQuery({
    queryKey: queryKeys.alarms(namespace, { ...query, paged: true }),
    queryFn: ({ signal, pageParam }) =>
      apiClient.alarms(namespace, { ...query, ...(pageParam !== null && { after: pageParam }) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: 5_000,
    retry: retryQuery,
    placeholderData: (former) => former,
    ...(initial && { initialData: { pages: [initial], pageParams: [null] } }),
  });
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
