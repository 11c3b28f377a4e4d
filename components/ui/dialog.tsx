"use client";

import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { Button } from "./button.tsx";
import { joinClasses } from "./join-classes.ts";

/**
 * A dialog in the middle of the page; on a phone a sheet from below. Closing it never starts anything, and whoever works with
 * the keyboard is back where they opened it.
 */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  footer,
  wide = false,
  children,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description: ReactNode;
  footer: ReactNode;
  wide?: boolean;
  children: ReactNode;
}) {
  const opener = useRef<Element | null>(null);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-30 grid place-items-center bg-overlay motion-safe:animate-fade max-wide:place-items-end">
          <Radix.Content
            onOpenAutoFocus={() => {
              opener.current = document.activeElement;
            }}
            onCloseAutoFocus={(event) => {
              // Pages open it by themselves, so there is no trigger to which the focus could go back.
              event.preventDefault();
              if (opener.current instanceof HTMLElement) opener.current.focus();
            }}
            className={joinClasses(
              "flex max-h-[calc(100dvh-32px)] w-full flex-col overflow-hidden rounded-3 bg-surface shadow-3 motion-safe:animate-rise",
              "wide:max-w-[min(960px,calc(100vw-32px))] max-wide:max-h-[94dvh] max-wide:rounded-b-none",
              !wide && "wide:max-w-[480px]",
            )}
          >
            <header className="flex items-start gap-4 border-b border-line px-6 pt-5 pb-4 max-wide:px-4">
              <div className="min-w-0 flex-1">
                <Radix.Title className="text-20 font-semibold tracking-[-0.02em] text-balance max-wide:text-[18px]">
                  {title}
                </Radix.Title>
                <Radix.Description asChild>
                  <div className="mt-0.5 text-ink-2">{description}</div>
                </Radix.Description>
              </div>
              <Radix.Close asChild>
                <Button tone="quiet" size="icon" aria-label="Close" className="-mr-2">
                  <X size={16} strokeWidth={1.6} aria-hidden />
                </Button>
              </Radix.Close>
            </header>
            <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
            <footer className="flex flex-wrap items-center gap-2 border-t border-line px-6 py-3 max-wide:px-4">
              {footer}
            </footer>
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  );
}
