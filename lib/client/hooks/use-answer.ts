import { QueryClient, QueryObserver, type UseQueryOptions, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useHydrated } from "./use-hydrated.ts";

/**
 * `useQuery` for what the server draws too. The first render knows `initialData` and nothing else, on the server as in the
 * browser: by the time that a part of a page is taken over, another part may have had a newer answer to the same question.
 */
export function useAnswer<Data>(options: UseQueryOptions<Data>): UseQueryResult<Data> {
  const answer = useQuery(options);
  return useHydrated() ? answer : firstAnswer(options);
}

/** What a browser that has asked nothing yet makes of a question. */
function firstAnswer<Data>(options: UseQueryOptions<Data>): UseQueryResult<Data> {
  // No timer stays behind for a cache that is thrown away at once.
  const client = new QueryClient({ defaultOptions: { queries: { gcTime: Number.POSITIVE_INFINITY } } });
  return new QueryObserver(client, options).getCurrentResult();
}
