import { describe, expect, test } from 'vitest';
import { displayNameFault, emailFault, passwordFault, usernameFault } from '../src/forms/rules';

describe('what is typed is judged as the server does', () => {
  test.each([
    ['', 'required'],
    ['a', null],
    ['虎'.repeat(64), null],
    ['虎'.repeat(65), 'usernameTooLong'],
    ['😀'.repeat(64), null],
    ['ada@example.com', 'usernameAddress'],
    ['ada＠example.com', 'usernameAddress'],
    ['ada\u0000', 'characters'],
    ['ada\nlovelace', 'characters'],
    [' ada', 'characters'],
  ])('user name %j', (name, fault) => {
    expect(usernameFault(name)?.key ?? null).toBe(fault);
  });

  test.each([
    ['', 'required'],
    ['1234567', 'tooShort'],
    ['12345678', null],
    ['密码密码密码密码', null],
    ['x'.repeat(128), null],
    ['x'.repeat(129), 'tooLong'],
    ['ADA-lovelace', 'passwordIsUsername'],
  ])('password %j of ada-lovelace', (password, fault) => {
    expect(passwordFault(password, 'ada-lovelace')?.key ?? null).toBe(fault);
  });

  test.each([
    ['', null],
    ['name@example.com', null],
    ['name@example', 'email'],
    ['a b@example.com', 'email'],
  ])('e-mail %j', (email, fault) => {
    expect(emailFault(email)?.key ?? null).toBe(fault);
  });

  test('display name: up to 64 characters, as people count', () => {
    expect(displayNameFault('')).toBeNull();
    expect(displayNameFault('虎'.repeat(64))).toBeNull();
    expect(displayNameFault('虎'.repeat(65))).toEqual({ key: 'tooLong', limit: 64 });
  });
});
