"use client";

import { answerExposure } from "../../lib/client/exposure-words.ts";
import type { WholeExposure } from "../../lib/domain/exposure.ts";
import type { ProtectionAnswer } from "../databases/protection-answer.ts";
import { AnswerHead } from "../shell/answer-head.tsx";
import { TextLink } from "../ui/text-link.tsx";

/** The first page's answer: what would be lost of everything, and whether everything is protected. */
export function ExposureLead({
  whole,
  protection,
  nowMs,
}: {
  whole: WholeExposure;
  protection: ProtectionAnswer;
  nowMs: number;
}) {
  const { answer, lede } = answerExposure(whole, nowMs);
  return (
    <AnswerHead
      question="What would be lost if this machine died now?"
      answer={answer}
      lede={
        <>
          <p>
            {lede}
            {whole.lost.kind === "everything" && (
              <>
                {" "}
                <TextLink href="/storage">Keep a copy elsewhere</TextLink>, so that something is left.
              </>
            )}
          </p>
          <div className="mt-2">
            <span className="text-ink-3">Is everything protected? </span>
            <h2 className="inline font-semibold text-ink">{protection.answer}</h2> {protection.lede}
          </div>
        </>
      }
    />
  );
}
