import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPhone } from './phone.js';
import type { Phone } from './phone.js';

let phone: Phone;

beforeEach(() => {
  phone = createPhone();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A phone whose owner signed out without a network. */
async function left() {
  const { client } = phone.start();
  await phone.settle(client.oneTap());
  phone.platform.down = true;
  expect(await phone.settle(client.logout())).toEqual({ serverConfirmed: false });
  phone.platform.down = false;
  expect(JSON.stringify([...phone.storage])).not.toMatch(/SECRET-(access|refresh)/);
  expect(phone.server.row('sid1').ended).toBeNull();
  return client;
}

test('33 signed out without a network: the server hears of it when the network is back', async () => {
  const client = await left();
  phone.emit('network', { isConnected: true });
  await phone.pass(1000);
  expect(phone.server.row('sid1').ended).toBe('logged_out');
  expect(client.state).toMatchObject({ status: 'anonymous', reason: 'signed_out' });
});

test('33 signed out without a network, and closed: the next start tells the server', async () => {
  (await left()).dispose();
  const { client, events } = phone.start();
  await phone.settle(client.ready);
  await phone.pass(1000);
  expect(phone.server.row('sid1').ended).toBe('logged_out');
  expect(client.state.status).toBe('anonymous');
  expect(events).not.toContain('signedIn');
  expect(phone.platform.logins).toBe(1);
});
