import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nextTick } from 'vue';
import RegisterPage from '../src/pages/RegisterPage.vue';
import SignInPage from '../src/pages/SignInPage.vue';
import en from '../src/words/en';
import { serverError } from '../../../packages/client/test/rig/server';
import { open } from './stage';

beforeEach(() => localStorage.clear());
afterEach(() => {
  document.body.innerHTML = '';
});

describe('signing in', () => {
  test('asks for what is missing beside each field, and leads to the first', async () => {
    const { submit, field, described, server } = await open(SignInPage);
    await submit();
    expect(described('username')).toBe(en.rule.required);
    expect(described('password')).toBe(en.rule.required);
    expect(field('username').attributes('aria-invalid')).toBe('true');
    expect(document.activeElement).toBe(field('username').element);
    expect(server.calls).toEqual([]);
  });

  test('takes a fault back as soon as it is being corrected', async () => {
    const { submit, type, described } = await open(SignInPage);
    await submit();
    await type('username', 'a');
    expect(described('username')).toBe('');
    expect(described('password')).toBe(en.rule.required);
  });

  test('says once, above the form, that name or password is wrong; keeps the name', async () => {
    const { submit, type, field, wrapper } = await open(SignInPage);
    await type('username', 'ada');
    await type('password', 'wrong');
    await submit();
    expect(wrapper.findAll('[role="alert"]')).toHaveLength(1);
    expect(document.activeElement).toBe(wrapper.get('[role="alert"]').element);
    expect(field('username').element.value).toBe('ada');
    expect(field('password').element.value).toBe('');
  });

  test('says that the server did not answer, instead of blaming the password', async () => {
    const { submit, type, wrapper, server } = await open(SignInPage);
    server.fault = () => 'network';
    await type('username', 'ada');
    await type('password', 'right');
    await submit();
    expect(wrapper.get('[role="alert"]').text()).toBe(en.form.offline);
  });

  test('sends one request however often the button is pressed', async () => {
    const { submit, type, wrapper, server, tab } = await open(SignInPage);
    await type('username', 'ada');
    await type('password', 'right');
    await wrapper.get('form').trigger('submit');
    await wrapper.get('form').trigger('submit');
    await submit();
    expect(server.count('/api/auth/login')).toBe(1);
    expect(tab.client.state.status).toBe('authenticated');
  });

  test('offers the name again only to those who asked to be remembered', async () => {
    const first = await open(SignInPage);
    await first.type('username', 'ada');
    await first.type('password', 'right');
    await first.submit();
    expect(localStorage.getItem('tally.username')).toBeNull();

    const second = await open(SignInPage);
    await second.wrapper.get('input[type="checkbox"]').setValue(true);
    await second.type('username', 'ada');
    await second.type('password', 'right');
    await second.submit();
    expect(second.server.calls.at(-1)?.body).toMatchObject({ remember: true });

    const third = await open(SignInPage);
    expect(third.field('username').element.value).toBe('ada');
    expect(document.activeElement).toBe(third.field('password').element);
  });

  test('shows and hides the password by a button that the keyboard reaches', async () => {
    const { wrapper, field } = await open(SignInPage);
    const eye = wrapper.get(`button[aria-label="${en.form.showPassword}"]`);
    expect(eye.attributes('tabindex')).toBeUndefined();
    await eye.trigger('click');
    expect(field('password').attributes('type')).toBe('text');
    await wrapper.get(`button[aria-label="${en.form.hidePassword}"]`).trigger('click');
    expect(field('password').attributes('type')).toBe('password');
  });

  test('tells of Caps Lock while typing a password', async () => {
    const { field, described } = await open(SignInPage);
    const typed = new KeyboardEvent('keydown', { key: 'A', modifierCapsLock: true });
    field('password').element.dispatchEvent(typed);
    await nextTick();
    expect(described('password')).toBe(en.form.capsLock);
  });
});

describe('registering', () => {
  const fill = async (page: Awaited<ReturnType<typeof open>>, username: string) => {
    await page.type('username', username);
    await page.type('email', 'ada@example.com');
    await page.type('password', 'right');
  };

  test('judges by the rules of the server before asking it', async () => {
    const page = await open(RegisterPage);
    await fill(page, 'ada');
    await page.submit();
    expect(page.described('password')).toContain('at least 8');
    expect(page.server.calls).toEqual([]);
  });

  test('shows a refusal of the server beside the field it names; keeps all but the password', async () => {
    const page = await open(RegisterPage);
    await fill(page, 'ada');
    await page.type('password', 'long enough');
    page.server.fault = () =>
      serverError(400, 'invalid_request', { fields: { email: ['This is already in use.'] } });
    await page.submit();
    expect(page.described('email')).toBe('This is already in use.');
    expect(page.field('username').element.value).toBe('ada');
    expect(page.field('email').element.value).toBe('ada@example.com');
    expect(page.field('password').element.value).toBe('');
    expect(document.activeElement).toBe(page.field('email').element);
  });

  test('shows a refusal that names no field of the form above it', async () => {
    const page = await open(RegisterPage);
    await fill(page, 'ada');
    await page.type('password', 'long enough');
    page.server.fault = () => serverError(403, 'registration_closed');
    await page.submit();
    expect(page.wrapper.findAll('[role="alert"]')).toHaveLength(1);
  });

  test('tells of an unknown strength nothing, and of a known one in words', async () => {
    const page = await open(RegisterPage);
    await page.type('password', 'aaaaaaaa');
    await expect.poll(() => page.wrapper.text()).toContain(en.strength[0]);
    await page.type('password', '');
    expect(page.wrapper.text()).not.toContain(en.strength[0]);
  });
});
