"use client";

import { ShieldCheck, ShieldOff } from "lucide-react";
import { useState } from "react";
import type { AccountView } from "../../lib/client/account-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { Note } from "../ui/note.tsx";
import type { AccountActions } from "./account-actions.ts";
import { AccountSection } from "./account-section.tsx";
import { RecoveryCodesDialog } from "./recovery-codes-dialog.tsx";
import { SecondFactorDialog } from "./second-factor-dialog.tsx";
import { TurnOffDialog } from "./turn-off-dialog.tsx";
import { useAccountAction } from "./use-account-action.ts";

const FEW_CODES = 3;

/** Whether a second factor guards the account, its recovery codes, and how to change that. */
export function SecondFactorSection({ account, actions }: { account: AccountView; actions: AccountActions }) {
  const [open, setOpen] = useState<"set-up" | "off" | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const renewal = useAccountAction(actions.renewCodes);
  const isOn = account.secondFactorSinceMs !== null;
  const renew = () => renewal.mutate({}, { onSuccess: ({ recoveryCodes }) => setCodes(recoveryCodes) });
  return (
    <AccountSection
      id="second-factor-title"
      title="Second factor"
      action={
        isOn ? (
          <>
            <Button size="small" onClick={renew} disabled={renewal.isPending}>
              New recovery codes
            </Button>
            <Button size="small" tone="risk" onClick={() => setOpen("off")}>
              Turn off…
            </Button>
          </>
        ) : (
          <Button size="small" tone="primary" onClick={() => setOpen("set-up")}>
            Set up…
          </Button>
        )
      }
    >
      {account.secondFactorSinceMs === null ? (
        <Note
          tone="warn"
          icon={<ShieldOff size={16} strokeWidth={1.6} aria-hidden />}
          title="Only your password guards this account."
        >
          With a second factor, signing in and everything that destroys also take a code of your phone.
        </Note>
      ) : (
        <p className="flex flex-wrap items-center gap-x-2 text-ink-2">
          <ShieldCheck size={16} strokeWidth={1.6} aria-hidden className="text-ok" />
          <span>
            On since <MomentText ms={account.secondFactorSinceMs} precision="minute" withZone />.
          </span>
          <span className={account.recoveryCodesLeft < FEW_CODES ? "text-warn-text" : undefined}>
            {account.recoveryCodesLeft === 0
              ? "No recovery code is left: make new ones, or a lost phone locks you out."
              : `${formatCount(account.recoveryCodesLeft, "recovery code")} left for the day the phone is lost.`}
          </span>
        </p>
      )}
      {renewal.error && <ErrorNote error={renewal.error} className="mt-3" />}
      {open === "set-up" && (
        <SecondFactorDialog
          actions={actions}
          onClose={() => setOpen(null)}
          onDone={(recoveryCodes) => {
            setOpen(null);
            setCodes(recoveryCodes);
          }}
        />
      )}
      {open === "off" && <TurnOffDialog turnOff={actions.turnSecondFactorOff} onClose={() => setOpen(null)} />}
      {codes && <RecoveryCodesDialog email={account.email} codes={codes} onClose={() => setCodes(null)} />}
    </AccountSection>
  );
}
