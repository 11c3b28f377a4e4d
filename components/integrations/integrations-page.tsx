"use client";

import { Rocket } from "lucide-react";
import { useState } from "react";
import { formatCount } from "../../lib/client/format-count.ts";
import { useIntegrations } from "../../lib/client/hooks/use-integrations.ts";
import type { IntegrationView } from "../../lib/client/integration-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { DeleteIntegrationDialog } from "./delete-integration-dialog.tsx";
import type { IntegrationActions } from "./integration-actions.ts";
import { IntegrationDialog } from "./integration-dialog.tsx";
import { IntegrationRow } from "./integration-row.tsx";
import { answerOf } from "./integration-words.ts";

type Open = { what: "new" } | { what: "edit" | "delete"; integration: IntegrationView } | null;

/** The deployments that are told where their databases are. */
export function IntegrationsPage({ initial, actions }: { initial: IntegrationView[]; actions: IntegrationActions }) {
  const { namespace } = useViewer();
  const [open, setOpen] = useState<Open>(null);
  const { data: integrations = initial, error } = useIntegrations(namespace.slug, initial);
  const close = () => setOpen(null);
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <div className="mb-4 flex flex-wrap items-start justify-between gap-4">
        <div>
          <h1 className="text-20 font-semibold tracking-[-0.02em]">
            {integrations.length === 0 ? "No integrations" : formatCount(integrations.length, "integration")}
          </h1>
          <p className="text-ink-2">
            {integrations.length === 0
              ? "No deployment is told when its database was restored or cut over."
              : answerOf(integrations)}
          </p>
        </div>
        <Button tone="primary" onClick={() => setOpen({ what: "new" })}>
          <Rocket size={16} strokeWidth={1.6} aria-hidden />
          New integration…
        </Button>
      </div>
      {error && <ErrorNote error={error} className="mb-4" />}
      {integrations.length === 0 ? (
        <Teaching />
      ) : (
        <ul className="border-t border-line-strong">
          {integrations.map((integration) => (
            <IntegrationRow
              key={integration.id}
              integration={integration}
              actions={actions}
              onEdit={() => setOpen({ what: "edit", integration })}
              onDelete={() => setOpen({ what: "delete", integration })}
            />
          ))}
        </ul>
      )}
      {open?.what === "delete" && (
        <DeleteIntegrationDialog
          integration={open.integration}
          removeIntegration={actions.removeIntegration}
          onClose={close}
        />
      )}
      {(open?.what === "new" || open?.what === "edit") && (
        <IntegrationDialog
          integration={open.what === "edit" ? open.integration : null}
          makeIntegration={actions.makeIntegration}
          changeIntegration={actions.changeIntegration}
          onClose={close}
        />
      )}
    </main>
  );
}

/** What an integration is good for, while there is none. */
function Teaching() {
  return (
    <section className="max-w-[76ch] border-t border-line-strong pt-4 text-14">
      <p className="mb-3">
        After a restore in place or a cutover, an application that runs elsewhere has to know: where its database is,
        and to which moment it went back. An integration pushes that into its environment variables, by itself.
      </p>
      <ol className="grid list-decimal gap-1 pl-5 text-ink-2">
        <li>Name a project of Vercel, or any address that takes a PUT with JSON, and its token.</li>
        <li>
          Choose the variables: <code>DATABASE_URL</code> with the connection, <code>RESTORED_TO</code> with the moment.
        </li>
        <li>Push once by hand to see that it is taken. From then on each restore and cutover does.</li>
      </ol>
    </section>
  );
}
