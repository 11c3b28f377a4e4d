"use client";

import { KeyRound } from "lucide-react";
import { useState } from "react";
import type { TokenView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useTokens } from "../../lib/client/hooks/use-tokens.ts";
import { sizeOfGrant } from "../../lib/domain/token-grants.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Note } from "../ui/note.tsx";
import { TextLink } from "../ui/text-link.tsx";
import { CreateTokenDialog } from "./create-token-dialog.tsx";
import type { TokenActions } from "./token-actions.ts";
import { TokenTable } from "./token-table.tsx";

/** The API tokens of the namespace, as far as this person sees them. */
export function TokensPage({ initial, actions }: { initial: TokenView[]; actions: TokenActions }) {
  const { namespace } = useViewer();
  const [isMaking, setMaking] = useState(false);
  const refusal = useRefusal("token.create");
  const tokens = useTokens(namespace.slug, initial);
  const list = tokens.data ?? initial;
  const active = list.filter(({ state }) => state === "active");
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <div className="mb-4 flex flex-wrap items-start justify-between gap-4">
        <div>
          <h1 className="text-20 font-semibold tracking-[-0.02em]">
            {active.length === 0 ? "No API tokens" : formatCount(active.length, "API token")}
          </h1>
          <p className="text-ink-2">
            {answerOf(active)} What they can call stands in the <TextLink href="/reference">API reference</TextLink>.
          </p>
        </div>
        <Button tone="primary" blockedBy={refusal} onClick={() => setMaking(true)}>
          <KeyRound size={16} strokeWidth={1.6} aria-hidden />
          New token…
        </Button>
      </div>
      {tokens.error && <ErrorNote error={tokens.error} className="mb-4" />}
      {list.length === 0 ? (
        <Note
          className="max-w-[76ch]"
          icon={<KeyRound size={16} strokeWidth={1.6} aria-hidden />}
          title="A program needs a token."
        >
          It stands for you, never with more than you may do yourself, and ends when you do. Unless you choose otherwise
          it can do everything but destroy.
        </Note>
      ) : (
        <TokenTable tokens={list} endToken={actions.endToken} />
      )}
      {isMaking && <CreateTokenDialog makeToken={actions.makeToken} onClose={() => setMaking(false)} />}
    </main>
  );
}

/** What a stolen token could do at worst. */
function answerOf(active: readonly TokenView[]): string {
  if (active.length === 0) return "Nothing but people can call this namespace.";
  const risky = active.filter(({ actionsNow }) => ["can-destroy", "everything"].includes(sizeOfGrant(actionsNow)));
  if (risky.length === 0) return "None of them can destroy anything.";
  const endless = risky.filter(({ expiresAtMs }) => expiresAtMs === null).length;
  const some = risky.length === 1 ? "One of them can destroy" : `${risky.length} of them can destroy`;
  return endless === 0
    ? `${some}, for a while.`
    : `${some}; ${endless === risky.length ? "" : `${endless} `}without an end.`;
}
