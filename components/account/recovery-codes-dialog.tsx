"use client";

import { Download, LifeBuoy } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Note } from "../ui/note.tsx";
import { SecretText } from "../ui/secret-text.tsx";

/** The recovery codes, shown once. */
export function RecoveryCodesDialog({
  email,
  codes,
  onClose,
}: {
  email: string;
  codes: readonly string[];
  onClose: () => void;
}) {
  const [isKept, setKept] = useState(false);
  const [isReminded, setReminded] = useState(false);
  const text = codes.join("\n");
  const file = `Lastgood recovery codes of ${email}\nEach works once, in place of a code of the authenticator app.\n\n${text}\n`;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && (isKept ? onClose() : setReminded(true))}
      title="Keep these recovery codes"
      description="Each works once in place of a code of the app: the way in when the phone is lost."
      footer={
        <>
          <label className="mr-auto flex items-center gap-2">
            <input
              type="checkbox"
              checked={isKept}
              onChange={(event) => setKept(event.currentTarget.checked)}
              className="size-4 accent-(--accent)"
            />
            I have kept them
          </label>
          {isReminded && !isKept && (
            <span role="alert" className="text-12 text-danger-text max-wide:basis-full">
              Closed now, they are gone.
            </span>
          )}
          <Button tone="primary" onClick={onClose} disabled={!isKept}>
            Done
          </Button>
        </>
      }
    >
      <div className="grid gap-4 px-6 py-5 max-wide:px-4">
        <SecretText text={text} label="Recovery codes" />
        <p>
          <Button size="small" asChild>
            <a
              href={`data:text/plain;charset=utf-8,${encodeURIComponent(file)}`}
              download="lastgood-recovery-codes.txt"
            >
              <Download size={14} strokeWidth={1.6} aria-hidden />
              Download
            </a>
          </Button>
        </p>
        <Note tone="warn" icon={<LifeBuoy size={16} strokeWidth={1.6} aria-hidden />} title="They are shown this once.">
          Keep them where the phone is not. Codes made earlier no longer work.
        </Note>
      </div>
    </Dialog>
  );
}
