import { ArrowRight, LockKeyhole, LockKeyholeOpen } from "lucide-react";
import type { PolicyView } from "../../lib/client/approval-types.ts";
import type { PolicyRules } from "../../lib/domain/policy.ts";
import { changedFields, looserFields } from "../../lib/domain/policy-change.ts";
import { Chip } from "../ui/chip.tsx";
import { describeRule, FIELD_WORDS } from "./policy-words.ts";

/** Each rule that changes, before and after, and whether it then asks for less. */
export function PolicyChangeTable({
  before,
  after,
  people,
}: {
  before: PolicyRules;
  after: PolicyRules;
  people: PolicyView["people"];
}) {
  const looser = looserFields(before, after);
  return (
    <ul aria-label="What changes">
      {changedFields(before, after).map((field) => (
        <li
          key={field}
          className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-2 last:border-b-0"
        >
          <span className="basis-56 text-ink-3 max-wide:basis-full">{FIELD_WORDS[field]}</span>
          <span className="flex min-w-0 flex-1 flex-wrap items-center gap-1.5">
            <span className="text-ink-2">{describeRule(field, before, people)}</span>
            <ArrowRight size={14} strokeWidth={1.6} aria-label="becomes" className="text-ink-3" />
            <strong className="font-[550]">{describeRule(field, after, people)}</strong>
          </span>
          {looser.includes(field) ? (
            <Chip tone="warn">
              <LockKeyholeOpen aria-hidden />
              looser
            </Chip>
          ) : (
            <Chip tone="ok">
              <LockKeyhole aria-hidden />
              tighter
            </Chip>
          )}
        </li>
      ))}
    </ul>
  );
}
