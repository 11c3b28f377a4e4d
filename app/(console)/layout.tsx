import type { ReactNode } from "react";
import { ConsoleFrame } from "../../components/shell/console-frame.tsx";
import { signOut } from "../(auth)/actions.ts";
import { chooseNamespace, confirmAgain } from "./account-actions.ts";
import { currentViewer } from "./current-viewer.ts";

export const dynamic = "force-dynamic";

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const { viewer } = await currentViewer();
  return (
    <ConsoleFrame viewer={viewer} signOut={signOut} confirm={confirmAgain} chooseNamespace={chooseNamespace}>
      {children}
    </ConsoleFrame>
  );
}
