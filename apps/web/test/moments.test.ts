import { describe, expect, test } from 'vitest';
import { dayTitle, relativeTime } from '../src/shell/moments';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();

describe('times in words', () => {
  test.each([
    [-20, 'just now', '刚刚'],
    [-180, '3 minutes ago', '3分钟前'],
    [-7200, '2 hours ago', '2小时前'],
    [-86_400, 'yesterday', '昨天'],
    [7 * 86_400, 'in 7 days', '7天后'],
    [7 * 86_400 - 1, 'in 7 days', '7天后'],
    [40 * 86_400, 'next month', '下个月'],
  ])('%d seconds from now', (seconds, english, chinese) => {
    expect(relativeTime(at(seconds), NOW, 'en')).toBe(english);
    expect(relativeTime(at(seconds), NOW, 'zh-CN')).toBe(chinese);
  });

  test('days have names while they are near', () => {
    expect(dayTitle('2026-11-21', NOW, 'en')).toBe('Today');
    expect(dayTitle('2026-11-20', NOW, 'zh-CN')).toBe('昨天');
    expect(dayTitle('2026-11-15', NOW, 'en')).toBe('Sunday, November 15, 2026');
  });
});
