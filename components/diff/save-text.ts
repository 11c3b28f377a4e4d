/** Hands a text to the browser as a file to keep. */
export function saveText(name: string, type: "text/csv" | "application/sql", text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
