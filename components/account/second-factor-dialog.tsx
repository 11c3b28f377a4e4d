"use client";

import { useEffect, useId, useRef, useState } from "react";
import type { SecondFactorOffer } from "../../lib/client/account-types.ts";
import { CodeInput } from "../auth/code-input.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field } from "../ui/field.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import type { AccountActions } from "./account-actions.ts";
import { useAccountAction } from "./use-account-action.ts";

/** The code to scan, the key for those who cannot, and a first code as proof. Closing it changes nothing. */
export function SecondFactorDialog({
  actions,
  onClose,
  onDone,
}: {
  actions: AccountActions;
  onClose: () => void;
  onDone: (recoveryCodes: string[]) => void;
}) {
  const formId = useId();
  const [code, setCode] = useState("");
  const offer = useAccountAction(actions.beginSecondFactor);
  const turnOn = useAccountAction(actions.turnSecondFactorOn);
  const { mutate: begin } = offer;
  const hasBegun = useRef(false);
  useEffect(() => {
    // A second secret would make the first picture worthless: one is asked for, also where effects run twice.
    if (hasBegun.current) return;
    hasBegun.current = true;
    begin({});
  }, [begin]);
  const submit = () => {
    if (code === "" || turnOn.isPending) return;
    turnOn.mutate({ code }, { onSuccess: ({ recoveryCodes }) => onDone(recoveryCodes), onError: () => setCode("") });
  };
  const error = turnOn.error ?? offer.error;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !turnOn.isPending && onClose()}
      title="Set up a second factor"
      description="Scan this with an authenticator app, then give the code that the app shows."
      footer={
        <>
          <span className="flex-1 max-wide:hidden" />
          <Button tone="quiet" onClick={onClose} disabled={turnOn.isPending} className="max-wide:flex-1">
            Close, nothing changes
          </Button>
          <Button
            tone="primary"
            type="submit"
            form={formId}
            disabled={code === "" || !offer.data || turnOn.isPending}
            className="max-wide:flex-1"
          >
            {turnOn.isPending ? "Checking…" : "Turn on"}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className="grid gap-4 px-6 py-5 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {offer.data ? <OfferPicture offer={offer.data} /> : <Skeleton className="h-48 w-48" />}
        <Field label="Code of the app" hint="Six digits; a new one every 30 seconds.">
          {(control) => (
            <CodeInput
              {...control}
              autoFocus
              inputMode="numeric"
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
            />
          )}
        </Field>
        {error && <ErrorNote error={error} />}
      </form>
    </Dialog>
  );
}

function OfferPicture({ offer: { picture, secret } }: { offer: SecondFactorOffer }) {
  return (
    <div className="flex flex-wrap items-start gap-4">
      {/* Black on white in both themes: cameras want it so. */}
      <svg
        viewBox={`0 0 ${picture.size} ${picture.size}`}
        className="size-48 shrink-0 rounded-2 border border-line bg-[#fff]"
        role="img"
        aria-label="The code to scan"
        shapeRendering="crispEdges"
      >
        <path d={picture.path} fill="#000" />
      </svg>
      <div className="min-w-0 flex-1 basis-48">
        <p className="text-12 font-medium">Cannot scan?</p>
        <p className="mb-2 text-12 text-ink-3">Type this key into the app; it counts by time, six digits.</p>
        <p className="font-mono text-12 wrap-anywhere select-all">{secret.match(/.{1,4}/g)?.join(" ")}</p>
      </div>
    </div>
  );
}
