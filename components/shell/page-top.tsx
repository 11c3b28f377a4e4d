import Link from "next/link";
import { Fragment } from "react";
import { AccountMenu, type SignOutAction } from "./account-menu.tsx";
import { Clock } from "./clock.tsx";
import { Logo } from "./logo.tsx";
import { ThemeButton } from "./theme-button.tsx";

/** One step of the way to a page; the last one is the page itself. */
export type Crumb = { text: string; href?: string };

/** The bar above each page. */
export function PageTop({ crumbs, signOut }: { crumbs: readonly Crumb[]; signOut: SignOutAction }) {
  return (
    <header className="sticky top-0 z-10 flex h-12 items-center gap-3 border-b border-line bg-surface px-6 max-wide:h-[52px] max-wide:px-4">
      <Link
        href="/"
        className="flex items-center gap-2 rounded-1 text-[15px] font-semibold tracking-[-0.015em] wide:hidden"
      >
        <Logo />
        Lastgood
      </Link>
      <nav aria-label="Breadcrumb" className="flex min-w-0 items-center gap-1.5 text-ink-3 max-wide:hidden">
        {crumbs.map((crumb, index) => (
          <Fragment key={crumb.text}>
            {index > 0 && <span aria-hidden>/</span>}
            {crumb.href ? (
              <Link href={crumb.href} className="truncate rounded-1 hover:text-ink">
                {crumb.text}
              </Link>
            ) : (
              <span aria-current="page" className="truncate font-[550] text-ink">
                {crumb.text}
              </span>
            )}
          </Fragment>
        ))}
      </nav>
      <span className="flex-1" />
      <Clock />
      <ThemeButton />
      <div className="wide:hidden">
        <AccountMenu signOut={signOut} short />
      </div>
    </header>
  );
}
