"use client";

import { Monitor, Smartphone } from "lucide-react";
import type { SessionView } from "../../lib/client/account-types.ts";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { AgoText, MomentText } from "../ui/moment-text.tsx";
import type { AccountActions } from "./account-actions.ts";
import { AccountSection } from "./account-section.tsx";
import { browserWords } from "./browser-words.ts";
import { useAccountAction } from "./use-account-action.ts";

/** Where one is signed in, and the end of it. */
export function SessionList({ sessions, actions }: { sessions: readonly SessionView[]; actions: AccountActions }) {
  const end = useAccountAction(actions.revokeSession);
  const endOthers = useAccountAction(actions.revokeOtherSessions);
  const error = end.error ?? endOthers.error;
  const isBusy = end.isPending || endOthers.isPending;
  return (
    <AccountSection
      id="sessions-title"
      title="Where you are signed in"
      action={
        sessions.length > 1 && (
          <Button size="small" disabled={isBusy} onClick={() => endOthers.mutate({})}>
            End all others
          </Button>
        )
      }
    >
      <p className="mb-1 text-ink-2">
        {sessions.length === 1
          ? "Nowhere but here."
          : "A browser that you do not know? End it, then change your password."}
      </p>
      {error && <ErrorNote error={error} className="my-2" />}
      <ul>
        {sessions.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            isBusy={isBusy}
            onEnd={() => end.mutate({ sessionId: session.id })}
          />
        ))}
      </ul>
    </AccountSection>
  );
}

function SessionRow({ session, isBusy, onEnd }: { session: SessionView; isBusy: boolean; onEnd: () => void }) {
  const words = browserWords(session.userAgent);
  const Icon = /\b(?:iOS|Android)$/.test(words) ? Smartphone : Monitor;
  return (
    <li className="flex min-h-12 items-center gap-3 border-b border-line py-1.5 last:border-b-0">
      <Icon size={16} strokeWidth={1.6} aria-hidden className="shrink-0 text-ink-3" />
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-center gap-2 font-[550]" title={session.userAgent ?? undefined}>
          {words}
          {session.isThis && <Chip tone="accent">this one</Chip>}
        </span>
        <span className="block text-12 text-ink-3">
          <span className="font-mono">{session.address ?? "address unknown"}</span>, seen{" "}
          {session.lastSeenMs === null ? "never" : <AgoText ms={session.lastSeenMs} />}, signed in{" "}
          <MomentText ms={session.createdAtMs} precision="minute" withZone />
        </span>
      </span>
      {!session.isThis && (
        <Button
          size="small"
          disabled={isBusy}
          onClick={onEnd}
          aria-label={`End the session of ${words}, ${session.address ?? ""}`}
        >
          End
        </Button>
      )}
    </li>
  );
}
