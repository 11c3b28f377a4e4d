import Link from "next/link";
import type { ReactNode } from "react";
import { type ConfirmAction, ConfirmAgain } from "../auth/confirm-again-dialog.tsx";
import { AccountMenu, type SignOutAction } from "./account-menu.tsx";
import { type Viewer, ViewerProvider } from "./console-context.tsx";
import { Logo } from "./logo.tsx";
import { MainNavigation, TabBar } from "./main-navigation.tsx";
import { type ChooseNamespaceAction, NamespaceMenu } from "./namespace-menu.tsx";
import { ServiceHealth } from "./service-health.tsx";

/** The console around each of its pages: rail on the left, on a phone a tab bar below. */
export function ConsoleFrame({
  viewer,
  signOut,
  confirm,
  chooseNamespace,
  children,
}: {
  viewer: Viewer;
  signOut: SignOutAction;
  confirm: ConfirmAction;
  chooseNamespace: ChooseNamespaceAction;
  children: ReactNode;
}) {
  return (
    <ViewerProvider viewer={viewer}>
      <a
        href="#main"
        className="sr-only z-50 rounded-2 bg-surface px-3 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the page
      </a>
      <div className="min-h-dvh wide:grid wide:grid-cols-[208px_minmax(0,1fr)]">
        <aside
          aria-label="Console"
          className="sticky top-0 flex h-dvh flex-col border-r border-line bg-canvas px-2 py-3 max-wide:hidden"
        >
          <Link
            href="/"
            className="flex h-8 items-center gap-2 rounded-2 px-2 text-[15px] font-semibold tracking-[-0.015em]"
          >
            <Logo />
            Lastgood
          </Link>
          <div className="mt-2 mb-3">
            <NamespaceMenu choose={chooseNamespace} />
          </div>
          <nav aria-label="Main">
            <MainNavigation />
          </nav>
          <div className="mt-auto grid gap-2 border-t border-line px-2 pt-3">
            <ServiceHealth />
            <AccountMenu signOut={signOut} />
          </div>
        </aside>
        <div className="flex min-h-dvh min-w-0 flex-col max-wide:pb-[calc(60px+env(safe-area-inset-bottom))]">
          <ConfirmAgain confirm={confirm}>{children}</ConfirmAgain>
        </div>
      </div>
      <TabBar />
    </ViewerProvider>
  );
}
