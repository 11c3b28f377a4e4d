import type { ReactNode } from "react";

/** A page's answer in one sentence, above everything else; one to a page. */
export function AnswerHead({
  question,
  answer,
  lede,
  level = 1,
}: {
  question: ReactNode;
  answer: ReactNode;
  lede?: ReactNode;
  /** Of the heading: 2 where the page has its title already. */
  level?: 1 | 2;
}) {
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <>
      <p className="flex items-center gap-1.5 text-14 font-[450] text-ink-3">{question}</p>
      <Heading className="mt-0.5 mb-1 text-28 font-semibold tracking-[-0.025em] text-balance max-wide:text-24">
        {answer}
      </Heading>
      {lede && <div className="max-w-[76ch] text-14 text-ink-2">{lede}</div>}
    </>
  );
}
