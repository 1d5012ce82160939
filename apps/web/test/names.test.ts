import { describe, expect, test } from 'vitest';
import { browserLabel } from '../src/devices/browser_label';
import { deviceIcon } from '../src/devices/icon';
import { sizeText } from '../src/files/size_text';
import { problemOf } from '../src/session/problem';
import { RequestError, SessionEndedError, TransientError } from '@tigertally/client';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1';

test('browsers are called by name and system', () => {
  expect(browserLabel(CHROME)).toBe('Chrome, Windows');
  expect(browserLabel(SAFARI)).toBe('Safari, iPhone');
  expect(browserLabel('curl/8.1')).toBe('');
});

test('a browser in the hand is drawn as a phone', () => {
  expect(deviceIcon('web', CHROME)).toBe('web');
  expect(deviceIcon('web', SAFARI)).toBe('app');
  expect(deviceIcon('mini_program', null)).toBe('mini_program');
});

test('sizes are written as people read them', () => {
  expect(sizeText(0, 'en')).toBe('0 bytes');
  expect(sizeText(35 * 1024, 'en')).toBe('35 kB');
  expect(sizeText(12.4 * 1024 ** 2, 'en')).toBe('12.4 MB');
  expect(sizeText(200 * 1024 ** 2, 'zh-CN')).toBe('200 MB');
});

describe('problems', () => {
  test('of the client keep their code, text and fields', () => {
    const fields = { username: ['Taken.', 'Really.'] };
    expect(problemOf(new RequestError('username_taken', 'Taken.', { fields }))).toEqual({
      ...{ kind: 'refused', code: 'username_taken', message: 'Taken.' },
      fields: { username: 'Taken.' },
    });
    expect(problemOf(new SessionEndedError('session_ended', 'Over.')).kind).toBe('ended');
    expect(problemOf(new TransientError('network_error', '')).kind).toBe('offline');
    expect(problemOf(new TransientError('rate_limited', 'Slow down.')).message).toBe('Slow down.');
  });

  test('of axios are read by the body of the answer', () => {
    const refused = {
      isAxiosError: true,
      response: { data: { code: 'quota_exceeded', message: 'Full.' } },
    };
    expect(problemOf(refused)).toMatchObject({
      kind: 'refused',
      code: 'quota_exceeded',
      message: 'Full.',
    });
    expect(problemOf({ isAxiosError: true }).kind).toBe('offline');
    expect(problemOf({ isAxiosError: true, response: { data: '<html>' } }).kind).toBe('offline');
  });
});
