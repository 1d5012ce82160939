import { expect, test } from 'vitest';
import { loadEstimate } from '@/forms/strength';

const WEAK = ['woaini1314', 'zhongguo123', 'laopo520', 'wodemima', 'zhangwei123', 'password1'];
const KNOWN = ['qwertyuiop', '1qaz2wsx', 'iloveyou', 'michelle1', '5201314', 'asdfghjkl'];
const STRONG = [
  'correct horse battery',
  'v7#Kq!m2xZp9',
  '黄河之水天上来奔流到海',
  'tiger-bronze-river-41',
];

test.each([...WEAK, ...KNOWN])('%s is guessed at once', async (password) => {
  const estimate = await loadEstimate();
  expect(estimate(password, [])).toBeLessThanOrEqual(1);
});

test.each(STRONG)('%s is strong', async (password) => {
  const estimate = await loadEstimate();
  expect(estimate(password, [])).toBeGreaterThanOrEqual(3);
});

test('what the form knows of a person makes a password weak', async () => {
  const estimate = await loadEstimate();
  expect(estimate('ouyangfeng', ['ouyangfeng'])).toBe(0);
});
