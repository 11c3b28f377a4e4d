import type { ReactNode } from "react";
import { Logo } from "../shell/logo.tsx";

/** The page around signing in and setting up: one column, nothing else. */
export function AuthFrame({ title, lede, children }: { title: string; lede: ReactNode; children: ReactNode }) {
  return (
    <main id="main" className="grid min-h-dvh place-items-center bg-canvas p-4">
      <div className="w-full max-w-[400px]">
        <p className="mb-5 flex items-center gap-2 text-[15px] font-semibold tracking-[-0.015em]">
          <Logo />
          Lastgood
        </p>
        <div className="rounded-3 border border-line bg-surface p-6 max-wide:p-5">
          <h1 className="text-20 font-semibold tracking-[-0.02em]">{title}</h1>
          <div className="mt-0.5 mb-5 text-ink-2">{lede}</div>
          {children}
        </div>
      </div>
    </main>
  );
}
