import { startLastgood } from "../tests/world/start-lastgood.ts";
import { LOOKS, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Takes the pictures of the API reference for docs/pictures from a Lastgood of its own: `node scripts/take-reference-pictures.ts
// [folder]`. The console must have been built.
const folder = picturesFolder(process.argv[2]);
const lastgood = await startLastgood();
try {
  await withBrowser(async (browser) => {
    for (const look of LOOKS) {
      const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
      await page.goto("/reference");
      await shoot(page, folder, "reference", look);
      await page.goto("/reference#restoreDatabase");
      await page.reload();
      await page.getByText('-H "Authorization').waitFor();
      await page.locator("#restoreDatabase").scrollIntoViewIfNeeded();
      await shoot(page, folder, "reference-call", look);
      await page.context().close();
    }
  });
} finally {
  await lastgood.remove();
}
