import { describe, expect, test } from 'vitest';
import { can } from '../src/permissions';
import type { AuthState } from '../src/types';

const signedIn = (...permissions: string[]): AuthState =>
  ({ status: 'authenticated', user: { permissions }, session: {} }) as unknown as AuthState;

describe('can', () => {
  test.each([
    [['news:edit'], 'news:edit', true],
    [['news:edit'], 'news.edit', true],
    [['news:edit'], 'news', false],
    [['news:edit'], 'news:edit:all', false],
    [['news:*'], 'news:edit', true],
    [['news:*'], 'news:edit:all', true],
    [['news:*'], 'news', false],
    [['news:*'], 'newspaper:edit', false],
    [['*'], 'anything:at:all', true],
    [['shop:pay', 'news:read'], 'news:read', true],
    [[], 'news:read', false],
  ])('%j gives %s: %s', (given, wanted, expected) => {
    expect(can(signedIn(...given), wanted)).toBe(expected);
  });

  test('one of several is enough', () => {
    expect(can(signedIn('news:read'), 'news:edit', 'news:read')).toBe(true);
    expect(can(signedIn('news:read'))).toBe(false);
  });

  test('nobody can do anything, and neither can who was stored before', () => {
    expect(can({ status: 'init' }, 'news:read')).toBe(false);
    expect(can({ status: 'authenticated', user: {}, session: {} } as AuthState, 'a')).toBe(false);
  });
});
