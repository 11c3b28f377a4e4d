import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { createElement, type ReactNode } from "react";
import { renderToString } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { useInvitations } from "../../lib/client/hooks/use-members.ts";
import type { InvitationView } from "../../lib/client/member-types.ts";
import { queryKeys } from "../../lib/client/query-keys.ts";

const HOOKS = path.resolve(import.meta.dirname, "../../lib/client/hooks");

const invited = (email: string) => [{ id: email, email }] as InvitationView[];

function Invited({ initial }: { initial?: InvitationView[] }): ReactNode {
  const { data, isPending, fetchStatus } = useInvitations("acme", true, initial);
  return isPending ? `waiting ${fetchStatus}` : data?.map(({ email }) => email).join();
}

function InvitedPast(): ReactNode {
  const { data } = useQuery({ queryKey: queryKeys.invitations("acme"), queryFn: () => invited("never@example.com") });
  return data?.map(({ email }) => email).join();
}

/** What the first render makes of a part: on the server, and in a browser that takes the server's page over. */
function drawFirst(part: ReactNode, answered: InvitationView[] | null): string {
  const client = new QueryClient({ defaultOptions: { queries: { gcTime: Number.POSITIVE_INFINITY } } });
  if (answered) client.setQueryData(queryKeys.invitations("acme"), answered);
  return renderToString(createElement(QueryClientProvider, { client }, part));
}

describe("the first render", () => {
  it("shows what the server had, whatever the browser has been answered since", () => {
    const initial = invited("first@example.com");
    const part = createElement(Invited, { initial });
    expect(drawFirst(part, null)).toBe("first@example.com");
    expect(drawFirst(part, invited("later@example.com"))).toBe("first@example.com");
  });

  it("waits for what the server did not have, though another part of the page has been answered", () => {
    const part = createElement(Invited);
    expect(drawFirst(part, null)).toMatch(/^waiting /);
    expect(drawFirst(part, invited("later@example.com"))).toBe(drawFirst(part, null));
    // The control: a question that does not go through `useAnswer` differs.
    expect(drawFirst(createElement(InvitedPast), invited("later@example.com"))).toBe("later@example.com");
  });

  it("is the same of every question that hooks ask once", () => {
    const past = readdirSync(HOOKS).filter((file) =>
      /\buseQuery[(<]/.test(readFileSync(path.join(HOOKS, file), "utf8")),
    );
    expect(past).toEqual(["use-answer.ts"]);
  });
});
