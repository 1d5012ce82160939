import { mount } from '@vue/test-utils';
import { expect, test } from 'vitest';
import { createI18n, I18nT } from 'vue-i18n';
import { compileMessage } from '../src/words/format';

const i18n = createI18n({
  legacy: false,
  locale: 'en',
  messageCompiler: compileMessage,
  messages: {
    en: {
      plain: 'a@b.example | 100 %',
      greeting: 'Hello {name}, {count} times',
      ends: 'ends {time}.',
    },
  },
});

test('texts stand for themselves, whatever signs they have', () => {
  expect(i18n.global.t('plain')).toBe('a@b.example | 100 %');
});

test('values are put where they belong', () => {
  expect(i18n.global.t('greeting', { name: '{count}', count: 0 })).toBe('Hello {count}, 0 times');
});

test('slots too', () => {
  const page = mount(
    {
      components: { I18nT },
      template: '<p><I18nT keypath="ends"><template #time><b>now</b></template></I18nT></p>',
    },
    { global: { plugins: [i18n] } },
  );
  expect(page.text()).toBe('ends now.');
  expect(page.get('b').text()).toBe('now');
});
