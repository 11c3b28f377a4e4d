import type { Metadata } from "next";
import { AccountPage as Account } from "../../../components/account/account-page.tsx";
import { PageTop } from "../../../components/shell/page-top.tsx";
import { readAccount } from "../../../lib/services/account/read-account.ts";
import { signOut } from "../../(auth)/actions.ts";
import {
  beginSecondFactor,
  renewCodes,
  renewPassword,
  revokeOtherSessions,
  revokeSession,
  turnSecondFactorOff,
  turnSecondFactorOn,
} from "../account-actions.ts";
import { currentViewer } from "../current-viewer.ts";

export const metadata: Metadata = { title: "Your account" };

export default async function AccountPage() {
  const { ctx } = await currentViewer();
  return (
    <>
      <PageTop crumbs={[{ text: "Your account" }]} signOut={signOut} />
      <Account
        account={await readAccount(ctx)}
        actions={{
          renewPassword,
          revokeSession,
          revokeOtherSessions,
          beginSecondFactor,
          turnSecondFactorOn,
          turnSecondFactorOff,
          renewCodes,
        }}
      />
    </>
  );
}
