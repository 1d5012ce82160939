// What was built, looked at as text.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const BUILDS = fileURLToPath(new URL('../dist/build/', import.meta.url));

/** Text that looks like an address and is asked for by nobody. */
const INERT = [
  /^http:\/\/www\.w3\.org\//, // names of XML dialects
  /^https:\/\/vuejs\.org\/error-reference\//, // what Vue tells an error handler
  /^https:\/\/uniapp\.dcloud\.net\.cn\/tutorial\//, // a hint for developers in a warning
  /^http:\/\/127\.0\.0\.1:5000$/, // the service, unless VITE_TALLY_URL says another
];

function* textsOf(build) {
  for (const entry of readdirSync(join(BUILDS, build), { recursive: true, withFileTypes: true }))
    if (entry.isFile() && !/\.(png|jpe?g)$/.test(entry.name)) {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      yield { path, text: readFileSync(path, 'utf8') };
    }
}

/** Names of icons that the history asks for, and those that the styles draw. */
const SHARED = new URL('../../../packages/client/src/words/icons.generated.ts', import.meta.url);
const asked = [...readFileSync(SHARED, 'utf8').matchAll(/: '(\w+)',$/gm)].map(([, icon]) => icon);

for (const build of ['mp-weixin', 'h5']) {
  test(`${build} draws an icon for every event`, () => {
    const styles = [...textsOf(build)].filter(({ path }) => /\.(wxss|css)$/.test(path));
    const drawn = (icon) => styles.some(({ text }) => text.includes(`.icon-${icon}`));
    assert.ok(asked.length > 30);
    assert.deepEqual(
      asked.filter((icon) => !drawn(icon)),
      [],
    );
  });

  test(`${build} names no foreign host`, () => {
    const foreign = [];
    for (const { path, text } of textsOf(build))
      for (const [address] of text.matchAll(/\b(?:https?|wss?):\/\/[^\s"'`)\\]+/g))
        if (!INERT.some((pattern) => pattern.test(address))) foreign.push(`${path}: ${address}`);
    assert.deepEqual(foreign, []);
  });

  test(`${build} makes no code out of text, which mini programs and strict pages forbid`, () => {
    const found = [];
    for (const { path, text } of textsOf(build))
      for (const [use] of text.matchAll(/\beval\(|\bnew Function\b|\bFunction\(["'`]/g))
        found.push(`${path}: ${use}`);
    assert.deepEqual(found, []);
  });
}
