const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `41,208`. */
export function formatNumber(count: number): string {
  return whole.format(count);
}

/** `41,208 writes`, `1 write`, `0 writes`: a number never stands without its unit. */
export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${whole.format(count)} ${count === 1 ? singular : plural}`;
}

/** `3 rows/s`, `0.4 commits/s`: a rate with as many digits as it deserves. */
export function formatRate(perSecond: number, plural: string): string {
  const digits = perSecond >= 10 ? 0 : perSecond >= 1 ? 1 : 2;
  const text = perSecond.toFixed(digits).replace(/\.?0+$/, digits === 0 ? "$&" : "");
  return `${digits === 0 ? formatNumber(perSecond) : text || "0"} ${plural}/s`;
}
