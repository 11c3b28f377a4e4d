// For containers, which have no curl: ends with 0 when everything is ready, with 1 otherwise, and says what is not.
const { HOST = "", PORT = "3000" } = process.env;
const host = ["", "0.0.0.0", "::"].includes(HOST) ? "127.0.0.1" : HOST;
try {
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${PORT}/api/health`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) });
  process.stdout.write(`${await answer.text()}\n`);
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  process.stdout.write(`the console does not answer: ${error.message}\n`);
  process.exitCode = 1;
}
