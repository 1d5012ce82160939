import type * as Tally from '@tigertally/client';
import { between } from '../rig/between.ts';
import { clientScript } from '../rig/client_script.ts';
import { png } from '../rig/png.ts';
import { expect, spoilAccess, test } from '../rig/test.ts';

declare const tally: typeof Tally;

/** What a page can send, made in the page; the service takes two of them and refuses the others. */
const BODIES = {
  json: { method: 'PATCH', url: '/api/me', status: 200 },
  form: { method: 'POST', url: '/api/files', status: 201 },
  urlencoded: { method: 'POST', url: '/api/files', status: 415 },
  blob: { method: 'POST', url: '/api/files', status: 415 },
} as const;

for (const [kind, { method, url, status }] of Object.entries(BODIES))
  test(`14 a body of kind ${kind} is sent again byte for byte after a refresh`, async ({
    browser,
    server,
    person,
  }) => {
    const wire = await between(server);
    const context = await browser.newContext({ bypassCSP: true });
    try {
      const page = await context.newPage();
      await page.goto(`${wire.origin}/api/docs`);
      await page.addScriptTag({ content: await clientScript() });
      await page.evaluate(async ({ username, password }) => {
        const client = tally.createAuthClient({ delivery: 'cookie', ...tally.browserEdges() });
        await client.login({ username, password });
        Object.assign(globalThis, { client });
      }, person);
      await spoilAccess(context);
      const picture = png(120, 80, [31, 107, 90]).toString('base64');
      const answered = await page.evaluate(
        async ({ kind, method, url, picture }) => {
          const { client } = globalThis as unknown as { client: Tally.AuthClient };
          const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
          const file = new Blob([bytes], { type: 'image/png' });
          const form = new FormData();
          form.append('file', file, '虎符.png');
          const json = { display_name: '虎符 😀' };
          const bodies = {
            json: { json },
            form: { body: form },
            urlencoded: { body: new URLSearchParams({ name: '虎 符&=' }) },
            blob: { body: file },
          };
          const sent = client.request({ method, url, ...bodies[kind as keyof typeof bodies] });
          // What the caller does with the body meanwhile is the caller's own affair.
          json.display_name = 'changed';
          form.append('more', 'changed');
          return sent.then(
            (answer) => answer.status,
            (error: Tally.AuthError) => error.status,
          );
        },
        { kind, method, url, picture },
      );
      expect(answered).toBe(status);
      const calls = wire.passed.filter((call) => call.path === url && call.method === method);
      expect(calls.map((call) => call.status)).toEqual([401, status]);
      const [first, second] = calls.map((call) => call.body);
      expect(first?.length).toBeGreaterThan(10);
      expect(second?.equals(first as Buffer)).toBe(true);
      expect(calls[1]?.headers['content-type']).toBe(calls[0]?.headers['content-type']);
      expect(first?.toString()).not.toContain('changed');
      const refreshes = wire.passed.filter((call) => call.path === '/api/auth/refresh');
      expect(refreshes.map((call) => call.status)).toEqual([200]);
    } finally {
      await context.close();
      wire.close();
    }
  });
