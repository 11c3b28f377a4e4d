/** The mark: commits, the resolved one, and what came after it. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 26 16" width="26" height="16" aria-hidden="true" className={className}>
      <path d="M1 8h11" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
      <circle cx="14" cy="8" r="5" className="fill-accent" />
      <path d="M21 8h.01M24.6 8h.01" stroke="currentColor" strokeWidth="2" strokeLinecap="round" opacity=".45" />
    </svg>
  );
}
