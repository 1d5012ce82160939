// Draws src/static/tabs/*.png: native tab bars take no SVG. Run by hand after a change of the shapes.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const FOLDER = fileURLToPath(new URL('../src/static/tabs/', import.meta.url));
/** Side in pixels, as WeChat asks for. */
const SIDE = 81;

const SHAPES = {
  profile:
    'M12 12.5a4.25 4.25 0 1 0 0-8.5 4.25 4.25 0 0 0 0 8.5ZM4.5 20.5c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5',
  devices:
    'M3 5h14a1 1 0 0 1 1 1v2.5M3 5a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h8.5M6 19.5h5.5M16 11h4.5a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1H16a1 1 0 0 1-1-1V12a1 1 0 0 1 1-1Z',
  history: 'M12 21a9 9 0 1 0-8.5-6M3 19.5V15h4.5M12 7v5.2l3.4 2',
};
// One grey for both themes; the chosen tab in each theme's primary colour.
const COLOURS = { '': '#7a857f', '-selected': '#1f6b5a', '-selected-dark': '#5cc0a6' };

await mkdir(FOLDER, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.E2E_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
});
const page = await browser.newPage({ viewport: { width: SIDE, height: SIDE } });
for (const [name, shape] of Object.entries(SHAPES))
  for (const [suffix, colour] of Object.entries(COLOURS)) {
    await page.setContent(
      `<style>body{margin:0}svg{display:block}</style>
       <svg width="${SIDE}" height="${SIDE}" viewBox="-1.5 -1.5 27 27" fill="none" stroke="${colour}"
         stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"><path d="${shape}"/></svg>`,
    );
    await page.screenshot({ path: `${FOLDER}${name}${suffix}.png`, omitBackground: true });
  }
await browser.close();
