import { flushPromises } from '@vue/test-utils';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { defineComponent, ref } from 'vue';
import type { Contact, User } from '@tigertally/client';
import AskForm from '../src/codes/AskForm.vue';
import CodeSignIn from '../src/codes/CodeSignIn.vue';
import ForgottenPage from '../src/pages/ForgottenPage.vue';
import SignInPage from '../src/pages/SignInPage.vue';
import { digitsOf, targetFault, targetOf } from '../src/codes/code';
import { entriesOf, shown } from '../src/security/entries';
import { offers } from '../src/session/offers';
import { serverError } from '../../../packages/client/test/rig/server';
import type { Call, Reply } from '../../../packages/client/test/rig/server';
import { en } from './catalogues';
import { open } from './stage';

const SENT: Reply = {
  status: 202,
  headers: { 'content-type': 'application/json' },
  body: { challenge_id: 'challenge-1', resend_after: 60, expires_in: 300 },
};

afterEach(() => {
  document.body.innerHTML = '';
  offers.value = { wechat: false, codes: [] };
  vi.useRealTimers();
});

describe('what is typed or pasted into the field for a code', () => {
  test.each([
    ['314159', '314159'],
    ['31a4', '314'],
    ['314 159', '314159'],
    ['３１４１５９', '314159'],
    ['【虎符】验证码 314159，5 分钟内有效。', '314159'],
    ['Order 12345678: your code is 314159.', '314159'],
    ['12345678', '123456'],
    ['', ''],
  ])('%s is taken for %s', (text, digits) => {
    expect(digitsOf(text)).toBe(digits);
  });
});

describe('where a code goes', () => {
  test('is told from what was typed, among what the service sends by', () => {
    const both = ['email', 'phone'] as const;
    expect(targetOf(' ada@example.com ', both)).toEqual({
      channel: 'email',
      value: 'ada@example.com',
    });
    expect(targetOf('138 0013 8000', both).channel).toBe('phone');
    expect(targetOf('ada', ['email']).channel).toBe('email');
    expect(targetOf('a@b', ['phone']).channel).toBe('phone');
  });

  test('is judged before it is sent as far as the page can', () => {
    expect(targetFault({ channel: 'phone', value: '' })?.key).toBe('required');
    expect(targetFault({ channel: 'email', value: 'ada' })?.key).toBe('email_format');
    expect(targetFault({ channel: 'phone', value: '12' })).toBeNull();
  });
});

describe('the list of addresses and numbers', () => {
  const contact = (over: Partial<Contact>): Contact => ({
    ...{ id: 'c1', kind: 'email', value: 'ada@example.com', added_at: '2026-11-26T08:00:00Z' },
    verified_at: null,
    ...over,
  });
  const user = { email: 'Ada@Example.com', email_verified: false } as User;

  test('has the address of the profile once, added or not', () => {
    expect(entriesOf(user, []).map(({ id, value }) => [id, value])).toEqual([
      [null, 'Ada@Example.com'],
    ]);
    expect(entriesOf(user, [contact({})]).map(({ id }) => id)).toEqual(['c1']);
    expect(entriesOf({ ...user, email: null }, [])).toEqual([]);
  });

  test('writes numbers as people read them', () => {
    expect(shown({ channel: 'phone', value: '+8613800138000' })).toBe('+86 138 0013 8000');
    expect(shown({ channel: 'phone', value: '+85291234567' })).toBe('+85291234567');
  });
});

describe('the sign-in page', () => {
  test('offers codes only where the service sends some', async () => {
    const { wrapper } = await open(SignInPage);
    expect(wrapper.findAll('[role="tab"]')).toHaveLength(0);
    expect(wrapper.text()).not.toContain(en.signIn.forgotten);
    offers.value = { wechat: false, codes: ['email'] };
    await flushPromises();
    expect(wrapper.findAll('[role="tab"]').map((tab) => tab.text())).toEqual([
      en.signIn.password,
      en.signIn.code,
    ]);
    expect(wrapper.text()).toContain(en.signIn.forgotten);
  });
});

/** A page whose calls `answer` answers. */
async function asking(page: Parameters<typeof open>[0], answer: (call: Call) => Reply) {
  offers.value = { wechat: false, codes: ['email', 'phone'] };
  const stage = await open(page);
  stage.server.fault = answer;
  return stage;
}

const SignIn = defineComponent({
  components: { CodeSignIn },
  setup: () => ({ remember: ref(true) }),
  template: '<CodeSignIn v-model:remember="remember" />',
});

describe('asking for a code', () => {
  test('says what the service says of the number, beside the field', async () => {
    const fields = { phone: ['Please enter a whole mobile number.'] };
    const stage = await asking(SignIn, () => serverError(400, 'invalid_request', { fields }));
    await stage.type('target', '12');
    await stage.submit();
    expect(stage.described('target')).toBe(fields.phone[0]);
    expect(stage.server.calls.at(-1)?.body).toEqual({ purpose: 'login', phone: '12' });
  });

  test('keeps what was typed, and says how long to wait, when there were too many', async () => {
    const stage = await asking(SignIn, () => serverError(429, 'rate_limited', { retry_after: 40 }));
    await stage.type('target', 'ada@example.com');
    await stage.submit();
    expect(stage.wrapper.get('[role="alert"]').text()).toBe('fake: rate_limited');
    expect(stage.field('target').element.value).toBe('ada@example.com');
  });

  test('asks by the name of the only way to send', async () => {
    const Only = defineComponent({
      components: { AskForm },
      setup: () => ({ text: ref(''), ask: () => Promise.reject(new Error('never')) }),
      template: `<AskForm v-model="text" :channels="['phone']" :ask="ask" />`,
    });
    const { wrapper, field } = await open(Only);
    expect(wrapper.text()).toContain(en.code.target.phone);
    expect(field('target').attributes()).toMatchObject({ type: 'tel', autocomplete: 'tel' });
  });
});

describe('bringing a code back', () => {
  const wrongCode = (call: Call): Reply =>
    call.path === '/api/auth/codes' ? SENT : serverError(401, 'code_invalid', { tries_left: 4 });

  test('tells of a wrong one beside the field, empties it, and asks phones for the next', async () => {
    const stage = await asking(SignIn, wrongCode);
    await stage.type('target', 'ada@example.com');
    await stage.submit();
    expect(stage.field('code').attributes()).toMatchObject({
      ...{ inputmode: 'numeric', autocomplete: 'one-time-code' },
    });
    expect(document.activeElement).toBe(stage.field('code').element);
    await stage.type('code', '271828');
    await stage.submit();
    expect(stage.server.calls.at(-1)).toMatchObject({
      path: '/api/auth/login/code',
      body: { challenge_id: 'challenge-1', code: '271828', remember: true, delivery: 'cookie' },
    });
    expect(stage.described('code')).toBe('fake: code_invalid');
    expect(stage.field('code').element.value).toBe('');
    expect(stage.tab.client.state.status).toBe('anonymous');
  });

  test('another can be asked for when the time has come, and not before', async () => {
    const stage = await asking(SignIn, wrongCode);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    await stage.type('target', 'ada@example.com');
    await stage.submit();
    const again = stage.wrapper.get('button.figures');
    expect(again.text()).toBe(en.code.againIn.replace('{seconds}', '60'));
    await again.trigger('click');
    await stage.world.advance(5000);
    expect(stage.server.count('/api/auth/codes')).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(again.text()).toBe(en.code.again);
    await again.trigger('click');
    await stage.world.advance(5000);
    await flushPromises();
    expect(stage.server.count('/api/auth/codes')).toBe(2);
    expect(stage.wrapper.text()).toContain(en.code.sentAgain);
  });

  test('a new password goes with it, and is judged before', async () => {
    const stage = await asking(ForgottenPage, wrongCode);
    await stage.type('target', 'ada@example.com');
    await stage.submit();
    await stage.type('code', '271828');
    await stage.type('new_password', 'short');
    await stage.submit();
    expect(stage.described('new_password')).toContain('at least 8');
    expect(stage.server.count('/api/auth/password/reset')).toBe(0);
    await stage.type('new_password', 'another two halves');
    await stage.submit();
    expect(stage.server.calls.at(-1)?.body).toEqual({
      ...{ challenge_id: 'challenge-1', code: '271828' },
      new_password: 'another two halves',
    });
    expect(stage.described('code')).toBe('fake: code_invalid');
  });

  test('where nothing can be sent, the page says whom to ask', async () => {
    const { wrapper } = await open(ForgottenPage);
    expect(wrapper.text()).toContain(en.code.none);
    expect(wrapper.findAll('form')).toHaveLength(0);
  });
});
