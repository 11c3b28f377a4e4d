"use client";

import { usePushes } from "../../lib/client/hooks/use-integrations.ts";
import type { PushView } from "../../lib/client/integration-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Chip } from "../ui/chip.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { TextLink } from "../ui/text-link.tsx";
import { PUSH_WORDS } from "./integration-words.ts";

/** What was pushed and when, newest first. Names alone: the values stand nowhere. */
export function PushLog({ integrationId }: { integrationId: string }) {
  const { namespace } = useViewer();
  const { data, error } = usePushes(namespace.slug, integrationId);
  if (error) return <ErrorNote error={error} className="mt-2" />;
  if (!data) return null;
  if (data.pushes.length === 0) {
    return (
      <p className="mt-1 pl-5 text-12 text-ink-3">The next restore or cutover pushes; “Push now” does so at once.</p>
    );
  }
  return (
    <ul className="mt-1 grid gap-2 pl-5 text-12">
      {data.pushes.map((push) => (
        <PushRow key={push.id} push={push} />
      ))}
      <li className="text-ink-3">Values are not kept. Pushes are listed for 90 days.</li>
    </ul>
  );
}

function PushRow({ push }: { push: PushView }) {
  const { text, tone } = PUSH_WORDS[push.status];
  const { database, restoreId, names, error, nextAtMs, attempts } = push;
  return (
    <li>
      <Chip tone={tone}>{text}</Chip>{" "}
      <MomentText ms={push.endedAtMs ?? push.createdAtMs} withZone className="font-mono" />{" "}
      <span className="text-ink-2">
        {database.name ?? "a database that is gone"},{" "}
        {restoreId === null ? (
          "by hand"
        ) : (
          <TextLink href={`/databases/${encodeURIComponent(database.name ?? database.id)}/restores/${restoreId}`}>
            after a restore
          </TextLink>
        )}
        {names.length > 0 && ": "}
        <code className="wrap-anywhere">{names.join(", ")}</code>
      </span>
      {error !== null && <span className="block text-danger-text">{error}</span>}
      {nextAtMs !== null && attempts > 0 && (
        <span className="block text-ink-2">
          Attempt {attempts + 1} is at <MomentText ms={nextAtMs} withZone className="font-mono" />.
        </span>
      )}
    </li>
  );
}
