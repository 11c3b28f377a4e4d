"use client";

import { useReference } from "../../lib/client/hooks/use-reference.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { FieldTable } from "./field-table.tsx";
import { Words } from "./words.tsx";

/** What a call takes, answers and is refused with, and an example of it. */
export function OperationDetails({ id, caller }: { id: string; caller: { baseUrl: string; namespace: string } }) {
  const { operation, error } = useReference(id, caller);
  if (error) return <ErrorNote error={error} className="mb-4" />;
  if (operation === undefined) return <Skeleton className="mb-4 h-40" />;
  if (operation === null)
    return <p className="px-1 pb-4 text-ink-2">This console no longer has this call: load the page again.</p>;
  const { about, actions, parameters, body, answers, curl } = operation;
  const good = answers.filter(({ codes }) => codes.length === 0);
  const refused = answers.filter(({ codes }) => codes.length > 0);
  return (
    <div className="px-1 pb-4">
      {about && (
        <p className="max-w-[76ch] text-ink-2">
          <Words text={about} />
        </p>
      )}
      {actions.length > 0 && (
        <p className="mt-1 text-12 text-ink-2">
          Needs the right <Words text={actions.map((action) => `\`${action}\``).join(" or ")} />.
        </p>
      )}
      <div className="relative mt-3 rounded-2 bg-sunken p-3 pr-10">
        <pre className="font-mono text-12 break-words whitespace-pre-wrap">{curl}</pre>
        <CopyButton text={curl} label={`Copy the call ${id}`} className="absolute top-3 right-3" />
      </div>
      <FieldTable title="Parameters" fields={parameters} isSent />
      <FieldTable title="Body" fields={body} isSent />
      {good.map(({ status, about: says, fields }) => (
        <FieldTableOrLine key={status} title={`${status}: ${says}`} fields={fields} />
      ))}
      {refused.length > 0 && (
        <section className="mt-3">
          <h3 className="mb-1 text-12 font-medium text-ink-3">Refusals</h3>
          <ul className="grid gap-0.5 text-12 text-ink-2">
            {refused.map(({ status, about: says, codes }) => (
              <li key={status}>
                {status} {says}: <code className="font-mono break-words">{codes.join(", ")}</code>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function FieldTableOrLine({ title, fields }: Parameters<typeof FieldTable>[0]) {
  if (fields.length > 0) return <FieldTable title={title} fields={fields} />;
  return <h3 className="mt-3 text-12 font-medium text-ink-3">{title}</h3>;
}
