import { installPageGuards } from '@tigertally/uni';
import { client } from './client';

export const LOGIN_PAGE = '/pages/auth/login';
export const REGISTER_PAGE = '/pages/auth/register';
export const HOME_PAGE = '/pages/profile/index';
export const DEVICES_PAGE = '/pages/devices/index';

/** The guards of all pages; every page but these two is for signed-in users. */
export const guards = installPageGuards(client, {
  login: LOGIN_PAGE,
  home: HOME_PAGE,
  guest: [REGISTER_PAGE],
});
