/** Words of the document, in which what stands between backticks is code. */
export function Words({ text }: { text: string }) {
  return text.split("`").map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no other name, and never move.
      <code key={index} className="font-mono text-12 break-words">
        {part}
      </code>
    ),
  );
}
