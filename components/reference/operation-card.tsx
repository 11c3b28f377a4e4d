import type { ReferenceOperation } from "../../lib/client/reference-types.ts";
import { Chip } from "../ui/chip.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { FieldTable } from "./field-table.tsx";

/** One operation, closed until somebody wants to know. */
export function OperationCard({ operation }: { operation: ReferenceOperation }) {
  const { id, method, path, summary, about, actions, parameters, body, answers, curl } = operation;
  const good = answers.filter(({ codes }) => codes.length === 0);
  const refused = answers.filter(({ codes }) => codes.length > 0);
  return (
    <details id={id} className="border-b border-line">
      <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-3 gap-y-0.5 rounded-1 px-1 py-2 hover:bg-hover">
        <Chip tone={method === "GET" ? "plain" : method === "DELETE" ? "danger" : "accent"}>{method}</Chip>
        <span className="min-w-0 flex-1 font-medium max-wide:basis-full">{summary}</span>
        <code className="min-w-0 font-mono text-12 break-all text-ink-2">{path}</code>
      </summary>
      <div className="px-1 pb-4">
        {about && <p className="max-w-[76ch] text-ink-2">{about}</p>}
        {actions.length > 0 && (
          <p className="mt-1 text-12 text-ink-2">
            Needs the right <code className="font-mono">{actions.join(" or ")}</code>.
          </p>
        )}
        <div className="relative mt-3 rounded-2 bg-sunken p-3 pr-10">
          <pre className="font-mono text-12 break-words whitespace-pre-wrap">{curl}</pre>
          <CopyButton text={curl} label={`Copy the call ${id}`} className="absolute top-3 right-3" />
        </div>
        <FieldTable title="Parameters" fields={parameters} />
        <FieldTable title="Body" fields={body} />
        {good.map(({ status, about: says, fields }) => (
          <FieldTableOrLine key={status} title={`${status}: ${says}`} fields={fields} />
        ))}
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
      </div>
    </details>
  );
}

function FieldTableOrLine({ title, fields }: Parameters<typeof FieldTable>[0]) {
  if (fields.length > 0) return <FieldTable title={title} fields={fields} />;
  return <h3 className="mt-3 text-12 font-medium text-ink-3">{title}</h3>;
}
