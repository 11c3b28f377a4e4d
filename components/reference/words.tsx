/** Words of the document, in which what stands between backticks is code. */
export function Words({ text }: { text: string }) {
  const parts = text.split("`").map((words, index) => ({ words, isCode: index % 2 === 1, place: `part-${index}` }));
  return parts.map(({ words, isCode, place }) =>
    isCode ? (
      <code key={place} className="font-mono text-12 break-words">
        {words}
      </code>
    ) : (
      words
    ),
  );
}
