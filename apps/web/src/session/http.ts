import axios from 'axios';
import { installAxios } from '@tigertally/client/axios';
import { client } from './client';
import { language } from '@/look/language';
import { root } from '@/root';

/**
 * The API for pages behind the sign-in. Authorisation, renewal and the replay of what was under way
 * happen in the adapter, below; pages never see a token.
 */
export const http = axios.create({ baseURL: `${root}/api`, timeout: 30_000 });

installAxios(http, client);

http.interceptors.request.use((config) => {
  config.headers.set('Accept-Language', language.value);
  return config;
});
