import { abbreviateBookmark } from "../../lib/domain/bookmark.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { Tip } from "../ui/tip.tsx";

/** A bookmark in its short form; all of it on hover and focus, and by the copy button. */
export function BookmarkText({ bookmark, copyable = true }: { bookmark: string; copyable?: boolean }) {
  return (
    <span className="inline-flex items-center gap-1 whitespace-nowrap">
      <Tip text={<code className="whitespace-nowrap text-11">{bookmark}</code>}>
        <code className="rounded-1" tabIndex={copyable ? undefined : 0}>
          {abbreviateBookmark(bookmark)}
        </code>
      </Tip>
      {copyable && <CopyButton text={bookmark} label="Copy bookmark" />}
    </span>
  );
}
