/**
 * Everything the client asks of the world, on one page.
 *
 * The core itself uses nothing but ECMAScript; a browser, a mini program, Node and a test differ only
 * in the four edges they pass in. A coordinator is closed with its client; the others may be shared.
 */
import type { EndDetail } from './contract.js';

/** One HTTP request as the core hands it to a {@link Transport}. */
export interface TransportRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Already encoded by {@link Transport.encode}; a replay passes the same value again. */
  readonly body?: unknown;
  /** Whether cookies travel along: always, never, or as the platform does by default. */
  readonly credentials: 'include' | 'omit' | 'same-origin';
  /** Let the request outlive the page (logout during navigation). */
  readonly keepalive: boolean;
  /** `manual`: a redirect is an answer, never followed, because the headers are for one server only. */
  readonly redirect: 'follow' | 'manual';
  /** How to read the answer's body; `auto` parses JSON where the answer says so, else text. */
  readonly responseType: ResponseType;
  /** The transport hands over a function that aborts the request; called at most once. */
  onCancel(abort: () => void): void;
}

/** How the body of an answer is read. */
export type ResponseType = 'auto' | 'text' | 'blob' | 'arraybuffer';

/** What came back, whatever the status. */
export interface TransportResponse {
  readonly status: number;
  /** Case-insensitive look-up; `null` where the header is absent or hidden by CORS. */
  header(name: string): string | null;
  readonly body: unknown;
  /** Where it came from after redirects, if the transport knows. */
  readonly url?: string | undefined;
}

/** A request body made repeatable, with the content type that belongs to it. */
export interface EncodedBody {
  readonly body: unknown;
  readonly contentType?: string | undefined;
}

/** Carries requests. Resolves for every HTTP status, rejects only when no answer arrived. */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>;
  /**
   * Freezes a body the core does not know (FormData, Blob) so that a replay sends the same bytes.
   * Absent: the value is passed on as it is.
   */
  encode?(body: unknown): EncodedBody | Promise<EncodedBody>;
}

/** Keeps strings. Synchronous; may throw at any time (quota, blocked), the core copes. */
export interface Storage {
  /** False: each tab has its own, though tabs share their cookies. Absent: all tabs see the same. */
  readonly shared?: boolean;
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
}

/** A lock held by this tab. `release` may be called twice. */
export interface Lease {
  /** True when another tab held the lock first, so the store may just have changed. */
  readonly contended: boolean;
  release(): void;
}

/** What tabs tell each other. It never carries a token: the store is the truth, this is the bell. */
export type TabSignal =
  | { readonly v: 1; readonly type: 'changed'; readonly sid: string; readonly generation: number }
  /** Who is past this generation says `changed`; who knows its nonce says `nonce`. */
  | { readonly v: 1; readonly type: 'asked'; readonly sid: string; readonly generation: number }
  | {
      readonly v: 1;
      readonly type: 'nonce';
      readonly sid: string;
      readonly generation: number;
      /** What the next refresh of this generation carries; no credential. */
      readonly nonce: string;
    }
  | {
      readonly v: 1;
      readonly type: 'signedOut';
      readonly sid: string;
      readonly reason: string;
      readonly detail: EndDetail | null;
    };

/** Lets the tabs of one origin take turns and hear of each other. Best effort: safety never rests on it. */
export interface Coordinator {
  /**
   * Waits at most `waitMs` for the lock. `null` when it was not granted; may also reject or never
   * settle, the core then goes on without it. A lock is never stolen.
   */
  acquire(name: string, waitMs: number): Promise<Lease | null>;
  post(signal: TabSignal): void;
  /**
   * Calls back with other tabs' signals, and with `null` when the store may have changed in some
   * other way (cleared by the user, written by another version).
   */
  subscribe(listener: (signal: TabSignal | null) => void): () => void;
  close(): void;
}

/** Clock, timers, chance and the page's circumstances. */
export interface Env {
  /** Wall clock in milliseconds. Only ever compared with itself. */
  now(): number;
  /** Milliseconds that never go back; may stand still while the machine sleeps. */
  monotonic(): number;
  /**
   * Calls `task` once after `ms` (below 2³¹); returns the function that cancels it. `idle`: a process
   * that has nothing else to do may end before.
   */
  later(ms: number, task: () => void, idle?: boolean): () => void;
  /** In [0, 1); for jitter only. */
  random(): number;
  /** `count` random bytes, cryptographic where the platform has them. */
  randomBytes(count: number): Uint8Array;
  /** False while nobody looks at the page. */
  visible(): boolean;
  /** Calls back when the page becomes visible, is shown again from the cache, or gets online. */
  onWake(listener: () => void): () => void;
  /** A cookie that scripts may read, or `null`. Absent where there are no cookies. */
  readCookie?(name: string): string | null;
  /**
   * Sets a cookie of the page's own site, which scripts may read, for a month; on https a `Secure` one,
   * without a `Domain`, so that its name may begin with `__Host-`.
   */
  writeCookie?(name: string, value: string): void;
  /** The page's own origin, `https://host[:port]`; `''` where there is none. */
  readonly origin: string;
}

/** The four edges together, as `browserEdges()` and its like return them. */
export interface Edges {
  readonly transport: Transport;
  readonly storage: Storage;
  readonly coordinator: Coordinator;
  readonly env: Env;
}
