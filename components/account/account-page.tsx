"use client";

import type { AccountView } from "../../lib/client/account-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import type { AccountActions } from "./account-actions.ts";
import { PasswordSection } from "./password-section.tsx";
import { SecondFactorSection } from "./second-factor-section.tsx";
import { SessionList } from "./session-list.tsx";

/** One's own account: how it is guarded, and where it is signed in. */
export function AccountPage({ account, actions }: { account: AccountView; actions: AccountActions }) {
  const { role, namespace } = useViewer();
  return (
    <main id="main" className="max-w-[860px] px-8 pt-6 pb-8 max-wide:p-4">
      <h1 className="text-20 font-semibold tracking-[-0.02em] wrap-anywhere">{account.email}</h1>
      <p className="text-ink-2">
        {role} of {namespace.name}
      </p>
      <SecondFactorSection account={account} actions={actions} />
      <PasswordSection account={account} renewPassword={actions.renewPassword} />
      <SessionList sessions={account.sessions} actions={actions} />
    </main>
  );
}
