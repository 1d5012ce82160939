import type { Page } from '@playwright/test';
import type { Server } from './server.ts';
import { expect, test as base } from './test.ts';

/** A service that sends codes: into its log, where the tests read them. */
export const test = base.extend({
  settings: [{ TALLY_MAIL: 'log', TALLY_SMS: 'log' }, { scope: 'worker' }],
});

const CODE = /_code for (\S+): (\d{6})/g;

/**
 * The code that was sent by what `act` does, to an address that is told masked: `l***@example.com`.
 */
export async function codeSentBy(server: Server, masked: string, act: () => Promise<unknown>) {
  const codes = (): string[] =>
    [...server.log().matchAll(CODE)]
      .filter(([, to]) => to === masked)
      .map(([, , code = '']) => code);
  const before = codes().length;
  await act();
  await expect.poll(() => codes().length).toBeGreaterThan(before);
  return codes().at(-1) ?? '';
}

let numbers = 0;

/** A number that nobody else in this run has. */
export function numberOfNobody() {
  const mine = String(process.pid % 10_000).padStart(4, '0') + String(numbers++).padStart(4, '0');
  return { mine, phone: `138${mine}`, maskedPhone: `+86138****${mine.slice(4)}` };
}

/** Another code than this. */
export const wrong = (code: string): string => String((Number(code) + 1) % 1e6).padStart(6, '0');

/** Pastes a text into the field that has the focus. */
export async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate((pasted) => {
    document.execCommand('insertText', false, pasted);
  }, text);
}
