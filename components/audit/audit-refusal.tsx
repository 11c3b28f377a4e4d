import { AnswerHead } from "../shell/answer-head.tsx";

/** For members and viewers, who do not read the audit log. */
export function AuditRefusal() {
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <AnswerHead
        question="Audit log"
        answer="For owners and admins."
        lede="The log names everybody's doings, so your role does not read it. Ask an owner or admin of this namespace for what you need from it."
      />
    </main>
  );
}
