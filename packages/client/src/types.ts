/** The public shape of the client. What travels on the wire is in `contract.ts`. */
import type {
  CodeCredentials,
  CodeProof,
  Credentials,
  DeviceLabel,
  EndDetail,
  EndReason,
  ProviderCredentials,
  ProviderProof,
  Registration,
  Session,
  User,
} from './contract.js';
import type { Edges, ResponseType, TransportResponse } from './edges.js';
import type { TransientError } from './errors.js';

/**
 * Why nobody is signed in. Besides the server's own reasons (`kicked`, `replaced`, `expired`, …):
 * `never` (nothing was stored), `signed_out` (here), `signed_out_elsewhere` (another tab),
 * `session_unknown` / `token_invalid` / `token_expired` / `token_missing` (the server's code where it
 * gave no reason), `refresh_stale` (somebody else was ahead with this session: a thief, or the original
 * of a restored backup; nobody is now, it was ended on the server too), `storage_cleared`, and
 * `unreachable` (there seems to be a session, but the server cannot be asked whose; the client keeps
 * trying).
 */
export type AnonymousReason =
  | EndReason
  | 'never'
  | 'signed_out'
  | 'signed_out_elsewhere'
  | 'session_unknown'
  | 'token_invalid'
  | 'token_expired'
  | 'token_missing'
  | 'refresh_stale'
  | 'storage_cleared'
  | 'unreachable';

/** Where the client stands. `status` tells the members apart. */
export type AuthState =
  | { readonly status: 'init' }
  | { readonly status: 'restoring' }
  | {
      readonly status: 'anonymous';
      readonly reason: AnonymousReason;
      /** When and from which device, where the server said so. */
      readonly detail: EndDetail | null;
    }
  | { readonly status: 'authenticated'; readonly user: User; readonly session: Session }
  | {
      /** Signed in, but refreshing failed for a passing reason; show "reconnecting". */
      readonly status: 'degraded';
      readonly user: User;
      readonly session: Session;
      readonly error: TransientError;
    }
  /** Already signed out here; the server is being told (at most 5 s). Treat as anonymous. */
  | { readonly status: 'signingOut' };

/** The events and what they carry. */
export interface AuthEvents {
  /** Signed in: by `login`, found again at start (`restore`), or in another tab (`tab`). */
  signedIn: {
    readonly user: User;
    readonly session: Session;
    readonly via: 'login' | 'restore' | 'tab';
  };
  /** The session is over. `serverConfirmed` is set for a `logout()` of this client only. */
  signedOut: {
    readonly reason: AnonymousReason;
    readonly detail: EndDetail | null;
    readonly serverConfirmed?: boolean;
  };
  /** Somebody else is signed in now: drop everything that belonged to `previous`. */
  userChanged: { readonly user: User; readonly previous: User };
  /** New tokens are in use, fetched here or by another tab. */
  refreshed: { readonly session: Session };
  degraded: { readonly error: TransientError };
  recovered: { readonly session: Session };
  /** Something works less well than it could. `event`: whose listener failed. */
  warning: { readonly code: WarningCode; readonly event?: string };
}

/**
 * Codes of {@link AuthEvents.warning}; permanent. `storage_unavailable`: it cannot be read or written,
 * memory keeps the session · `storage_corrupt`: the stored session was unreadable and is dropped ·
 * `storage_schema`: it is of another version and left alone · `cookies_unavailable`: the browser did not
 * keep the cookies of a sign-in · `name_ignored`: all clients of an origin share its cookies ·
 * `listener_failed`: a listener of yours threw.
 */
export type WarningCode =
  | 'storage_unavailable'
  | 'storage_corrupt'
  | 'storage_schema'
  | 'cookies_unavailable'
  | 'name_ignored'
  | 'listener_failed';

/** What a successful sign-in tells. */
export interface SignedIn {
  readonly user: User;
  readonly session: Session;
  /** Sessions that ended because of this one (policy `single` and the like). */
  readonly replacedSessions: readonly Session[];
  /** True when a provider sign-in made the account. */
  readonly created: boolean;
}

/** `AbortSignal`, or anything that behaves like it where there is none. */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** A request through {@link AuthClient.request}. */
export interface AuthRequest {
  /** Default: `GET`. */
  readonly method?: string;
  /** A path below `baseUrl` (`/api/files`), or an absolute URL. Foreign origins get no token. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. Give either this or `body`. */
  readonly json?: unknown;
  /** Sent as it is: string, FormData, Blob, URLSearchParams, … A stream cannot be replayed. */
  readonly body?: unknown;
  readonly responseType?: ResponseType;
  readonly signal?: CancelSignal;
  /** Milliseconds for each attempt; default: 30,000. */
  readonly timeoutMs?: number;
}

/** A successful (2xx) answer. `body` is yours to check. */
export type AuthResponse = TransportResponse;

/** What an attempt must send along; made by the client for each attempt. */
export interface Grant {
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: 'include' | 'omit' | 'same-origin';
}

/** What {@link AuthClient.authorise} needs to know of a request it does not send itself. */
export interface AuthorisedCall {
  readonly method: string;
  readonly url: string;
  /** An `Authorization` header the caller set. Respected, unless it is a token of ours. */
  readonly authorization?: string | undefined;
  /** False when the body can be read only once. */
  readonly replayable: boolean;
  readonly signal?: CancelSignal | undefined;
}

/** The part of an answer that decides about a replay. */
export interface Verdict {
  readonly status: number;
  readonly body: unknown;
  /** Where the answer came from, if redirects may have been followed. */
  readonly url?: string | undefined;
}

/** Options of {@link createAuthClient}; spread `browserEdges()` into them. */
export interface AuthClientOptions extends Edges {
  /** How tokens travel: HttpOnly cookies (browsers), or in bodies and headers (everything else). */
  readonly delivery: 'cookie' | 'body';
  /** What precedes `/api/…`; default: `''` (the page's own origin). */
  readonly baseUrl?: string;
  /** Further origins that get the token, e.g. `https://api.example.com`. */
  readonly origins?: readonly string[];
  /**
   * What precedes the keys in storage; default: `tally`. Clients with one name share a session. In
   * cookie delivery all clients of an origin share its cookies, so another name is ignored, with a
   * warning.
   */
  readonly name?: string;
  readonly device?: DeviceLabel;
  /** `Accept-Language` of the client's own calls. */
  readonly language?: () => string;
  /** Full of codes, session ids and generations; free of tokens. */
  readonly debug?: (message: string) => void;
  /** False: nothing happens until `start()`; for server-side rendering. */
  readonly autoStart?: boolean;
}

/** The client. All methods are safe to call at any time, in any order, from any listener. */
export interface AuthClient {
  readonly state: AuthState;
  /** A refresh is under way. */
  readonly refreshing: boolean;
  /** Settles within 4 s of `start()`, when the state is worth showing. Never rejects. */
  readonly ready: Promise<void>;
  /** Restores what is stored. Called by `createAuthClient` unless `autoStart` is false. */
  start(): Promise<void>;
  /** Calls back after every change of `state` or `refreshing`. Returns the unsubscriber. */
  subscribe(listener: (state: AuthState) => void): () => void;
  on<E extends keyof AuthEvents>(event: E, listener: (data: AuthEvents[E]) => void): () => void;
  /** Makes an account; does not sign in. */
  register(registration: Registration): Promise<User>;
  /** A failure leaves an existing session untouched. Equal calls at the same time are one. */
  login(credentials: Credentials): Promise<SignedIn>;
  /**
   * Signs in with a provider's one-time code, e.g. `wechat-mini`, or as `code` with one that the
   * service sent to an address or number.
   */
  loginWith(
    provider: string,
    credentials: ProviderCredentials | CodeCredentials,
  ): Promise<SignedIn>;
  /**
   * Signed out here at once, then the server is told. Never rejects. `serverConfirmed: false` means
   * the server could not be told within 5 s: it is told when the network, or the page, is back. Until
   * then a ticket is kept in place of the tokens, which can end this session and nothing else.
   */
  logout(options?: {
    readonly everywhere?: boolean;
  }): Promise<{ readonly serverConfirmed: boolean }>;
  /** New tokens now. Rejects with {@link AuthError}; only a `definite` one ends the session. */
  refresh(): Promise<void>;
  /** Enters the password again, for calls that answer `fresh_token_required`. */
  reauthenticate(password: string): Promise<void>;
  /** The same with a provider's code, or as `code` with one that was sent: the account may have no password. */
  reauthenticateWith(provider: string, proof: ProviderProof | CodeProof): Promise<void>;
  /** Sends with authorisation, refreshing and replaying once where needed. Rejects unless 2xx. */
  request(request: AuthRequest): Promise<AuthResponse>;
  /**
   * For adapters of other HTTP libraries: calls `attempt` once or twice with what it must send along,
   * and resolves with the last answer, whatever its status.
   */
  authorise<A extends Verdict>(
    call: AuthorisedCall,
    attempt: (grant: Grant) => Promise<A>,
  ): Promise<A>;
  /** Takes over what the server said of the signed-in user; ignored for anybody else. */
  updateUser(user: User): void;
  /** Stops timers, listeners and channels, and settles what waits. The session stays as it is. */
  dispose(): void;
}
