"use client";

import { KeyRound } from "lucide-react";
import type { CreatedTokenView } from "../../lib/client/api-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { Note } from "../ui/note.tsx";
import { SecretText } from "../ui/secret-text.tsx";
import { describeActions } from "./token-words.ts";

/** The token itself, this once, and a call to try it with. */
export function MadeToken({ made, onClose }: { made: CreatedTokenView; onClose: () => void }) {
  const { namespace } = useViewer();
  const { can, cannot } = describeActions(made.actionsNow);
  // The variable keeps the token out of the shell's history.
  const example = `curl -H "Authorization: Bearer $LASTGOOD_TOKEN" \\\n  ${location.origin}/api/namespaces/${namespace.slug}/databases`;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`${made.name} is made`}
      description={
        made.expiresAtMs === null ? (
          "It lasts until it is revoked."
        ) : (
          <>
            It works until <MomentText ms={made.expiresAtMs} precision="minute" withZone />.
          </>
        )
      }
      footer={
        <>
          <span className="flex-1" />
          <Button tone="primary" onClick={onClose}>
            I have it
          </Button>
        </>
      }
    >
      <div className="grid gap-4 px-6 py-5 max-wide:px-4">
        <SecretText text={made.token} label="The token" />
        <Note tone="warn" icon={<KeyRound size={16} strokeWidth={1.6} aria-hidden />} title="It is shown this once.">
          Only a fingerprint of it is kept. If it is lost, revoke it and make another.
        </Note>
        <p>
          {can} <strong>{cannot}</strong>
        </p>
        <div>
          <p className="mb-1.5 flex items-center justify-between text-12 font-medium">
            Try it
            <CopyButton text={example} label="Copy the call" />
          </p>
          <pre className="overflow-x-auto rounded-2 bg-sunken px-3 py-2.5 font-mono text-12">{example}</pre>
        </div>
      </div>
    </Dialog>
  );
}
