import { apiClient } from "../api-client.ts";
import type { InvitationView, MemberView } from "../member-types.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** A namespace's members by e-mail, refreshed every ten seconds. */
export function useMembers(namespace: string, initialData?: MemberView[]) {
  return useAnswer({
    queryKey: queryKeys.members(namespace),
    queryFn: ({ signal }) => apiClient.members(namespace, { signal }),
    refetchInterval: 10_000,
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}

/** The invitations that nobody has accepted yet; not asked for unless `enabled`. */
export function useInvitations(namespace: string, enabled: boolean, initialData?: InvitationView[]) {
  return useAnswer({
    queryKey: queryKeys.invitations(namespace),
    queryFn: ({ signal }) => apiClient.invitations(namespace, { signal }),
    enabled,
    refetchInterval: 10_000,
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}
