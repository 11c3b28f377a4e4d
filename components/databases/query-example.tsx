"use client";

import type { DatabaseView } from "../../lib/client/api-types.ts";
import { useHydrated } from "../../lib/client/hooks/use-hydrated.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { SCROLLED_BY_KEYBOARD } from "../ui/scrolled-by-keyboard.ts";

/** How a hosted database is queried, ready to be copied. */
export function QueryExample({ database }: { database: DatabaseView }) {
  const origin = useHydrated() ? location.origin : "";
  const path = `/api/namespaces/${encodeURIComponent(database.namespace)}/databases/${encodeURIComponent(database.name)}/query`;
  const place = database.engine === "postgres" ? "$1" : "?";
  const command = [
    `curl -si ${origin}${path} \\`,
    `  -H "Authorization: Bearer $LASTGOOD_TOKEN" -H "Content-Type: application/json" \\`,
    `  -d '{"sql": "insert into notes (text) values (${place})", "params": ["hello"]}'`,
  ].join("\n");
  return (
    <div className="relative">
      <pre
        {...SCROLLED_BY_KEYBOARD}
        className="overflow-x-auto rounded-2 border border-line bg-sunken px-3 py-2.5 pr-10 font-mono text-12/[22px]"
      >
        {command}
      </pre>
      <CopyButton text={command} label="Copy the command" className="absolute top-3 right-3 size-7 bg-sunken" />
      <p className="mt-2 text-12 text-ink-3">
        <code>$LASTGOOD_TOKEN</code> is an API token of your namespace. The answer's header{" "}
        <code>x-lastgood-bookmark</code> names the state right after your write. It is given once the write is kept in
        the history; later you can come back to exactly that bookmark. While a restore runs, queries get 503 with
        Retry-After.
      </p>
    </div>
  );
}
