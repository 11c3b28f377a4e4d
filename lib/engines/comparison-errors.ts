import { LastgoodError } from "../domain/errors.ts";

/** Nobody asked for a comparison any more, so it was ended. */
export function comparisonAbandoned(): LastgoodError {
  return new LastgoodError("query_cancelled", "The comparison was ended because nobody asked for it any more.", {
    hint: "Ask for it again.",
    retryAfterSeconds: 1,
  });
}

/** A comparison did not end in its time. */
export function comparisonTooLong(): LastgoodError {
  return new LastgoodError("query_timeout", "Comparing the two moments takes too long.", {
    hint: "Compare two moments that are closer together, or look at both with SQL.",
  });
}

/** Rows were asked for before the comparison was through. */
export function stillComparing(): LastgoodError {
  return new LastgoodError("query_timeout", "The two moments are still being compared.", {
    hint: "Ask again once the difference is complete.",
    retryAfterSeconds: 5,
  });
}
