import Link from "next/link";
import { Button } from "../ui/button.tsx";
import { AnswerHead } from "./answer-head.tsx";

/** There is nothing at this address, or nothing that this person may know of. */
export function NotFoundNote() {
  return (
    <main id="main" className="max-w-[860px] px-8 py-6 max-wide:p-4">
      <AnswerHead
        question="404"
        answer="There is nothing here."
        lede="No database, restore or page of this name is in your namespace. It may have been deleted, or renamed."
      />
      <div className="mt-5">
        <Button asChild>
          <Link href="/databases">See the databases</Link>
        </Button>
      </div>
    </main>
  );
}
