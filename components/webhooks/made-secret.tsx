"use client";

import { KeyRound } from "lucide-react";
import type { WebhookSecretView } from "../../lib/client/webhook-types.ts";
import { Button } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { Note } from "../ui/note.tsx";
import { SCROLLED_BY_KEYBOARD } from "../ui/scrolled-by-keyboard.ts";
import { SecretText } from "../ui/secret-text.tsx";

const EXAMPLE = `import { Webhook } from "standardwebhooks";

const event = new Webhook(process.env.LASTGOOD_WEBHOOK_SECRET)
  .verify(rawBody, request.headers);`;

/** A webhook's secret, this once, and how its receiver checks with it that Lastgood is who calls. */
export function MadeSecret({
  made: { webhook, secret },
  isNew = false,
  onClose,
}: {
  made: WebhookSecretView;
  /** In the place of another one. */
  isNew?: boolean;
  onClose: () => void;
}) {
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={isNew ? `${webhook.name} has a new secret` : `${webhook.name} is made`}
      description={
        webhook.formerUntilMs === null ? (
          "Give this secret to the receiver: with it, it knows that a call comes from here and was not changed."
        ) : (
          <>
            The former secret signs as well until <MomentText ms={webhook.formerUntilMs} precision="minute" withZone />.
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
        <SecretText text={secret} label="The secret" />
        <Note tone="warn" icon={<KeyRound size={16} strokeWidth={1.6} aria-hidden />} title="It is shown this once.">
          If it is lost, make another: both count for a while.
        </Note>
        <div>
          <p className="mb-1.5 flex items-center justify-between text-12 font-medium">
            In the receiver, with any library of Standard Webhooks
            <CopyButton text={EXAMPLE} label="Copy the example" />
          </p>
          <pre {...SCROLLED_BY_KEYBOARD} className="overflow-x-auto rounded-2 bg-sunken px-3 py-2.5 font-mono text-12">
            {EXAMPLE}
          </pre>
          <p className="mt-1.5 text-12 text-ink-3">
            Verify the body as it came, before it is parsed. Answer 2xx within 15 seconds; an event may come twice, with
            the same <code>webhook-id</code>.
          </p>
        </div>
      </div>
    </Dialog>
  );
}
