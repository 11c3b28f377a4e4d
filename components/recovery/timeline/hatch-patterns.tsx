/** The hatches of gaps: slate for those of the past, red for one that is still open. */
export function HatchPatterns({ id }: { id: string }) {
  const size = { width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" } as const;
  return (
    <defs>
      <pattern id={id} {...size}>
        <rect className="fill-gap-soft" width={6} height={6} />
        <rect className="fill-gap-line" width={1.5} height={6} />
      </pattern>
      <pattern id={`${id}-open`} {...size}>
        <rect className="fill-danger-line" width={1.5} height={6} />
      </pattern>
    </defs>
  );
}
