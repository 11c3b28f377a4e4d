import type { ReferenceGroup } from "../../lib/client/reference-types.ts";
import { TextLink } from "../ui/text-link.tsx";
import { OperationCard } from "./operation-card.tsx";

const anchorOf = (name: string) => name.toLowerCase().replaceAll(" ", "-");

/** Every call that a program can make, by what it is about. */
export function ReferencePage({
  groups,
  caller,
}: {
  groups: readonly ReferenceGroup[];
  /** The console's public address and the namespace, for examples. */
  caller: { baseUrl: string; namespace: string };
}) {
  const count = groups.reduce((sum, { operations }) => sum + operations.length, 0);
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <h1 className="text-20 font-semibold tracking-[-0.02em]">API reference</h1>
      <p className="max-w-[76ch] text-ink-2">
        {count} calls. Programs call with <TextLink href="/tokens">an API token</TextLink>; the same as a document for
        tools is{" "}
        <a className="text-accent underline" href="/api/openapi.json">
          openapi.json
        </a>
        .
      </p>
      <nav aria-label="Groups" className="mt-4 flex flex-wrap gap-x-4 gap-y-1">
        {groups.map(({ name }) => (
          <a key={name} className="text-accent hover:underline" href={`#${anchorOf(name)}`}>
            {name}
          </a>
        ))}
      </nav>
      {groups.map(({ name, about, operations }) => (
        <section key={name} id={anchorOf(name)} aria-label={name} className="mt-8 scroll-mt-16">
          <h2 className="text-16 font-semibold">{name}</h2>
          <p className="mb-2 text-ink-2">{about}</p>
          {operations.map((operation) => (
            <OperationCard key={operation.id} call={operation} caller={caller} />
          ))}
        </section>
      ))}
    </main>
  );
}
