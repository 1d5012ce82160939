import { createPinia } from 'pinia';
import { createApp, defineComponent } from 'vue';
import { describe, expect, test } from 'vitest';
import { useAuthStore } from '../src/index';
import { open } from './stage';

describe('the store', () => {
  test('follows the client: who, why not any more, and how often renewed', async () => {
    const { store, world, server, tab } = await open({ signedIn: true });
    expect(store.user?.username).toBe('ada');
    expect(store.session?.id).toBe('sid1');
    expect(store.ended).toBeNull();

    const before = store.renewals;
    await world.settle(store.refresh());
    expect(store.renewals).toBe(before + 1);

    server.end('sid1', 'replaced');
    await world.settle(tab.client.request({ url: '/api/me' })).catch(() => undefined);
    expect(store.user).toBeNull();
    expect(store.ended).toMatchObject({ reason: 'replaced' });
  });

  test('says when it is only reconnecting, and keeps the user meanwhile', async () => {
    const { store, world, server } = await open({ signedIn: true });
    server.fault = () => 'network';
    await world.settle(store.refresh()).catch(() => undefined);
    expect(store.isReconnecting).toBe(true);
    expect(store.isSignedIn).toBe(true);
    expect(store.user?.username).toBe('ada');
  });

  test('is nobody as soon as signing out begins', async () => {
    const { store, world, server } = await open({ signedIn: true });
    server.fault = () => 'hang';
    const leaving = store.signOut();
    await world.flush();
    expect(store.standing).toBe('anonymous');
    expect(await world.settle(leaving)).toEqual({ serverConfirmed: false });
  });

  test('says what is missing when no client was provided', () => {
    const app = createApp(defineComponent({ render: () => null }));
    app.use(createPinia());
    expect(() => app.runWithContext(() => useAuthStore())).toThrow(/createTigerTally/);
  });
});
