import type { ReferenceField } from "../../lib/client/reference-types.ts";
import { Words } from "./words.tsx";

/** Parameters or fields: name and type, and what they mean. */
export function FieldTable({
  title,
  fields,
  isSent = false,
}: {
  title: string;
  fields: readonly (ReferenceField & { place?: string })[];
  /** Whoever calls sends them: then it is said which have to be there; of answers, which may be absent. */
  isSent?: boolean;
}) {
  if (fields.length === 0) return null;
  return (
    <section className="mt-3">
      <h3 className="mb-1 text-12 font-medium text-ink-3">{title}</h3>
      <dl className="grid gap-px">
        {fields.map(({ name, type, isRequired, about, place }) => (
          <div
            key={`${place}-${name}`}
            className="grid grid-cols-[minmax(0,240px)_minmax(0,1fr)] gap-x-4 border-b border-line py-1 max-wide:grid-cols-1"
          >
            <dt className="min-w-0">
              <code className="font-mono text-12 break-words">{name}</code>
              {isRequired === isSent && (
                <span className="ml-1.5 text-11 text-ink-3">{isSent ? "needed" : "not always there"}</span>
              )}
              {place && <span className="ml-1.5 text-11 text-ink-3">{place}</span>}
            </dt>
            <dd className="min-w-0">
              <code className="font-mono text-12 break-words text-ink-2">{type}</code>
              {about && (
                <p className="text-12 text-ink-2">
                  <Words text={about} />
                </p>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
