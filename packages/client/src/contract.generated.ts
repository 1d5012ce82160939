/**
 * What travels on the wire, made from openapi.yaml of the contract by `npm run types`. Types only.
 */
export interface components {
  schemas: {
    /** Registration */
    readonly RegisterRequest: {
      readonly username: components['schemas']['UsernameSent'];
      readonly password: components['schemas']['NewPassword'];
      readonly email?: components['schemas']['EmailSent'];
    };
    /** Sign-in */
    readonly LoginRequest: {
      /** @description User name, verified email address or verified phone number. */
      readonly username: components['schemas']['UsernameSent'];
      readonly password: components['schemas']['PasswordSent'];
      /**
       * @description With cookies, whether they outlive the browser session.
       * @default false
       * @example true
       */
      readonly remember?: boolean;
      /** @description A password of one's own, where the present one must be changed (`password_change_required`). */
      readonly new_password?: components['schemas']['NewPassword'];
      readonly delivery?: components['schemas']['Delivery'];
      readonly device?: components['schemas']['DeviceSent'];
    };
    /** Renewal */
    readonly RefreshRequest: {
      readonly refresh_token?: components['schemas']['RefreshTokenSent'];
      readonly refreshToken?: components['schemas']['RefreshTokenAlias'];
      readonly delivery?: components['schemas']['Delivery'];
      /**
       * @description The generation that the nonce was made for. Used only if the refresh token is in a cookie.
       * @example 3
       */
      readonly generation?: number;
    };
    /** Sign-out */
    readonly LogoutRequest: {
      readonly refresh_token?: components['schemas']['RefreshTokenSent'];
      readonly refreshToken?: components['schemas']['RefreshTokenAlias'];
      /**
       * @description The access token, if it is neither in a header nor in a cookie.
       * @example eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9...
       */
      readonly access_token?: string;
      /**
       * @description The ticket that came with the tokens. If it is sent, all tokens are ignored, and no cookie is cleared.
       * @example Zk3vTq8JmX0bW5n2rYc7Lw.5tq9...
       */
      readonly sign_out_ticket?: string;
    };
    /** Password again */
    readonly ReauthenticateRequest: {
      readonly password: components['schemas']['PasswordSent'];
    };
    /** Change of password */
    readonly PasswordRequest: {
      readonly current_password?: components['schemas']['CurrentPassword'];
      readonly new_password: components['schemas']['NewPassword'];
    };
    /** Change of profile */
    readonly ProfileRequest: {
      /**
       * @description The name to show; null or an empty text clears it.
       * @example Hu Fu
       */
      readonly display_name?: string | null;
      /**
       * Format: email
       * @description The email address; null clears it.
       * @example hufu@example.com
       */
      readonly email?: string | null;
      readonly locale?: components['schemas']['Locale'];
      /**
       * @description The `id` of one of the user's pictures; null for none.
       * @example null
       */
      readonly avatar_file_id?: string | null;
    };
    /** Picture */
    readonly FileRequest: {
      /**
       * Format: binary
       * @description The picture, with its name. Its bytes decide its type.
       */
      readonly file: string;
    };
    /** Sign-in through a provider */
    readonly ProviderLoginRequest: {
      readonly code: components['schemas']['ProviderCode'];
      readonly app_id?: components['schemas']['AppIdSent'];
      readonly state?: components['schemas']['StateSent'];
      /**
       * @description With cookies, whether they outlive the browser session.
       * @default false
       * @example true
       */
      readonly remember?: boolean;
      readonly delivery?: components['schemas']['Delivery'];
      readonly device?: components['schemas']['DeviceSent'];
    };
    /** Start of a sign-in */
    readonly ProviderStartRequest: {
      readonly app_id?: components['schemas']['AppIdSent'];
    };
    /** Proof through a provider */
    readonly ProviderProofRequest: {
      readonly code: components['schemas']['ProviderCode'];
      readonly app_id?: components['schemas']['AppIdSent'];
      readonly state?: components['schemas']['StateSent'];
    };
    /** Link */
    readonly LinkRequest: {
      readonly provider: components['schemas']['ProviderName'];
      readonly code: components['schemas']['ProviderCode'];
      readonly app_id?: components['schemas']['AppIdSent'];
      readonly state?: components['schemas']['StateSent'];
    };
    /** Phone code */
    readonly PhoneRequest: {
      readonly provider: components['schemas']['ProviderName'];
      /**
       * @description The code of the phone button, not the one for signing in.
       * @example e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144
       */
      readonly code: string;
      readonly app_id?: components['schemas']['AppIdSent'];
    };
    /**
     * Provider
     * @description WeChat mini program, WeChat on websites (QR code), Douyin mini program.
     * @example wechat-mini
     * @enum {string}
     */
    readonly ProviderName: 'wechat-mini' | 'wechat-web' | 'douyin-mini';
    /**
     * Code
     * @description What the provider gave the client: one token of URL-safe characters, valid for one sign-in.
     * @example 0e1aKcGa1Xm8LI0pFnFa1kmSHb3aKcGs
     */
    readonly ProviderCode: string;
    /**
     * App id
     * @description Which app the code belongs to, if several are set up. Default: the first one.
     * @example wx0123456789abcdef
     */
    readonly AppIdSent: string;
    /**
     * State
     * @description The `state` that came back with the code; for providers with a page of their own.
     * @example q7Yw1kXo3mFz5RbT9uLcVg
     */
    readonly StateSent: string;
    /**
     * Username
     * @description 1 to 64 characters, or an email address. Chinese is welcome; case does not matter.
     * @example hufu
     */
    readonly UsernameSent: string;
    /**
     * Password
     * Format: password
     * @description The password of the account.
     * @example two halves make one
     */
    readonly PasswordSent: string;
    /**
     * Current password
     * Format: password
     * @description The current password. Leave it out only if the account has none.
     * @example two halves make one
     */
    readonly CurrentPassword: string;
    /**
     * New password
     * Format: password
     * @description Any 8 to 128 characters; neither the username nor a common password.
     * @example two halves make one
     */
    readonly NewPassword: string;
    /**
     * Email address
     * Format: email
     * @description An email address, unverified at first. Once verified, it signs in like the username. Null is the same as leaving it out.
     * @example hufu@example.com
     */
    readonly EmailSent: string | null;
    /**
     * Refresh token
     * @description The refresh token, if it is neither in a header nor in a cookie.
     * @example eyJhbGciOiJIUzI1NiIsInR5cCI6InJ0K2p3dCJ9...
     */
    readonly RefreshTokenSent: string;
    /**
     * Refresh token, in camel case
     * @description The same as `refresh_token`, which wins if both are sent.
     */
    readonly RefreshTokenAlias: string;
    /**
     * Delivery
     * @description Where the tokens go: into the body, or into HttpOnly cookies. Default: at sign-in the body, at a refresh the way that the refresh token came. Tokens in cookies stay there: no call gives them to a script.
     * @example body
     * @enum {string}
     */
    readonly Delivery: 'body' | 'cookie';
    /**
     * Device
     * @description What the user will see in the list of devices.
     */
    readonly DeviceSent: {
      readonly type?: components['schemas']['DeviceType'];
      /**
       * @description A name for the device.
       * @example Study
       */
      readonly name?: string;
    };
    /**
     * Type of device
     * @description The kind of client. Default: `web`.
     * @example web
     * @enum {string}
     */
    readonly DeviceType: 'web' | 'h5' | 'mini_program' | 'app' | 'desktop' | 'api';
    /**
     * Language
     * @description The language that the user chose; null follows the browser.
     * @example zh-CN
     * @enum {string|null}
     */
    readonly Locale: 'zh-CN' | 'en' | null;
    /**
     * Session id
     * @description Identifies a session. It is neither a secret nor a token.
     * @example Jm3v0T1xQe2cN8bZrK5wYg
     */
    readonly SessionId: string;
    /**
     * Picture id
     * @description Identifies a picture.
     * @example k5tq2n7xwzj4c6bfy3dmhr2vae
     */
    readonly FileId: string;
    /**
     * Instant
     * Format: date-time
     * @example 2026-11-21T09:30:00Z
     */
    readonly Instant: string;
    /**
     * Message
     * @description For the person, in their language.
     * @example Done.
     */
    readonly Notice: string;
    /**
     * Status
     * @description Always 200, for clients that read it.
     * @example 200
     * @constant
     */
    readonly StatusOk: 200;
    /**
     * User
     * @description The user.
     */
    readonly User: {
      /**
       * @description Identifies the user; never changes.
       * @example 42
       */
      readonly id: string;
      /**
       * @description The username, as it was chosen.
       * @example hufu
       */
      readonly username: string;
      /**
       * @description The name to show.
       * @example Hu Fu
       */
      readonly display_name: string | null;
      /**
       * @description The email address, as it was typed. Never grant rights because of an unverified address.
       * @example hufu@example.com
       */
      readonly email: string | null;
      /**
       * @description Whether the address is known to be the user's. Anybody can type any address.
       * @example false
       */
      readonly email_verified: boolean;
      readonly locale: components['schemas']['Locale'];
      /**
       * @description The roles of the user.
       * @example []
       */
      readonly roles: readonly string[];
      /**
       * @description What the roles give. Pages hide by it what would be refused; the service decides.
       * @example []
       */
      readonly permissions: readonly components['schemas']['Permission'][];
      /**
       * @description The `id` of the avatar picture; only its owner can read it.
       * @example null
       */
      readonly avatar_file_id: string | null;
      /**
       * Format: date-time
       * @description When the account was created; `null` if the application keeps its users itself.
       * @example 2026-11-27T08:00:00Z
       */
      readonly created_at: string | null;
    };
    /**
     * Session
     * @description One sign-in on one device.
     */
    readonly Session: {
      readonly id: components['schemas']['SessionId'];
      /**
       * @description How many times its tokens have been renewed.
       * @example 3
       */
      readonly generation: number;
      /** @description The kind of client. */
      readonly device_type: components['schemas']['DeviceType'];
      /**
       * @description The name that the client gave.
       * @example Study
       */
      readonly device_name: string | null;
      /**
       * @description The user agent of the browser.
       * @example Mozilla/5.0 (X11; Linux x86_64)
       */
      readonly user_agent: string | null;
      /**
       * @description The IP address of its last use.
       * @example 203.0.113.7
       */
      readonly ip: string | null;
      /** @description When the user signed in. */
      readonly created_at: components['schemas']['Instant'];
      /** @description When it was last used, accurate to about a minute. */
      readonly last_seen_at: components['schemas']['Instant'];
      /** @description When it ends at the latest, even if it is in use. */
      readonly expires_at: components['schemas']['Instant'];
      /** @description When it ends, unless its tokens are renewed before. */
      readonly refresh_expires_at: components['schemas']['Instant'];
      /**
       * @description Whether it is the session that made the request.
       * @example true
       */
      readonly current: boolean;
    };
    /** Account created */
    readonly Registered: {
      readonly message: components['schemas']['Notice'];
      readonly status: components['schemas']['StatusOk'];
      readonly user: components['schemas']['User'];
    };
    /** What every sign-in and renewal returns */
    readonly Grant: {
      readonly message: components['schemas']['Notice'];
      readonly status: components['schemas']['StatusOk'];
      readonly token_type: components['schemas']['TokenType'];
      readonly expires_in: components['schemas']['ExpiresIn'];
      /**
       * @description Seconds until the refresh token expires.
       * @example 604800
       */
      readonly refresh_expires_in: number;
      readonly user: components['schemas']['User'];
      readonly session: components['schemas']['Session'];
      /**
       * @description The sessions that this sign-in ended, by the session policy.
       * @example []
       */
      readonly replaced_sessions: readonly components['schemas']['Session'][];
    };
    /**
     * @description Ends this session at `/api/auth/logout`, and can do nothing else. A client that signs out while offline keeps it instead of its tokens, and sends it later. Every renewal returns the same ticket.
     * @example Zk3vTq8JmX0bW5n2rYc7Lw.5tq9...
     */
    readonly SignOutTicket: string;
    /** Tokens in the body */
    readonly TokensInBody: {
      readonly access_token: components['schemas']['AccessToken'];
      /**
       * @description Renews both. Keep it where only this client can read it.
       * @example eyJhbGciOiJIUzI1NiIsInR5cCI6InJ0K2p3dCJ9...
       */
      readonly refresh_token: string;
      readonly sign_out_ticket: components['schemas']['SignOutTicket'];
    } & components['schemas']['Grant'];
    /** Tokens in cookies */
    readonly TokensInCookies: {
      readonly csrf_token: components['schemas']['CsrfToken'];
    } & components['schemas']['Grant'];
    /** Tokens in the body, through a provider */
    readonly ProviderTokensInBody: {
      readonly created: components['schemas']['Created'];
      readonly access_token: components['schemas']['AccessToken'];
      /**
       * @description Renews both. Keep it where only this client can read it.
       * @example eyJhbGciOiJIUzI1NiIsInR5cCI6InJ0K2p3dCJ9...
       */
      readonly refresh_token: string;
      readonly sign_out_ticket: components['schemas']['SignOutTicket'];
    } & components['schemas']['Grant'];
    /** Tokens in cookies, through a provider */
    readonly ProviderTokensInCookies: {
      readonly created: components['schemas']['Created'];
      readonly csrf_token: components['schemas']['CsrfToken'];
    } & components['schemas']['Grant'];
    /**
     * New account
     * @description Whether this sign-in created the account.
     * @example true
     */
    readonly Created: boolean;
    /** Providers */
    readonly ProviderList: {
      /** @description The providers that are set up. */
      readonly providers: readonly components['schemas']['ProviderOffer'][];
      /**
       * @description By what codes are sent; empty if no way to send is set up.
       * @example [
       *       "email",
       *       "phone"
       *     ]
       */
      readonly codes: readonly ('email' | 'phone')[];
    };
    /** Available provider */
    readonly ProviderOffer: {
      readonly provider: components['schemas']['ProviderName'];
      /**
       * @description The apps; the first is the default.
       * @example [
       *       "wx0123456789abcdef"
       *     ]
       */
      readonly app_ids: readonly string[];
      /**
       * @description Whether a browser signs in on a page of the provider.
       * @example false
       */
      readonly has_page: boolean;
    };
    /** Redirect to the provider */
    readonly ProviderStart: {
      /**
       * @description Where to send the browser.
       * @example https://open.weixin.qq.com/connect/qrconnect?appid=wx0123456789abcdef#wechat_redirect
       */
      readonly authorize_url: string;
      /**
       * @description The provider sends it back; only this browser can use it.
       * @example q7Yw1kXo3mFz5RbT9uLcVg
       */
      readonly state: string;
      /**
       * @description Seconds until the sign-in must be started again.
       * @example 600
       */
      readonly expires_in: number;
    };
    /**
     * Identity id
     * @description Identifies a linked identity.
     * @example k3jq2n5vtxw7yb4mzc6dpl2rse
     */
    readonly IdentityId: string;
    /**
     * Id of a code
     * @description From the answer to the request for the code.
     * @example k3vz7q2ndw5xj4s6hfa2ytrbgm
     */
    readonly ChallengeId: string;
    /**
     * Code
     * @description The six digits from the message.
     * @example 314159
     */
    readonly CodeSent: string;
    /**
     * Email address
     * @description Send either `email` or `phone`.
     * @example hufu@example.com
     */
    readonly EmailTarget: string;
    /**
     * Phone number
     * @description Send either `phone` or `email`. A number without a country code counts as one of mainland China.
     * @example 13800138000
     */
    readonly PhoneTarget: string;
    /** Request for a code */
    readonly CodeRequest: {
      /**
       * @description What the code is for. It is not valid for anything else.
       * @example login
       * @enum {string}
       */
      readonly purpose: 'login' | 'reset' | 'register' | 'reauthenticate';
      readonly email?: components['schemas']['EmailTarget'];
      readonly phone?: components['schemas']['PhoneTarget'];
    };
    /** Code requested */
    readonly CodeAsked: {
      readonly challenge_id: components['schemas']['ChallengeId'];
      /**
       * @description Seconds until the next code can be requested.
       * @example 60
       */
      readonly resend_after: number;
      /**
       * @description Seconds that the code is valid.
       * @example 300
       */
      readonly expires_in: number;
    };
    /** Sign-in with a code */
    readonly CodeLoginRequest: {
      readonly challenge_id: components['schemas']['ChallengeId'];
      readonly code: components['schemas']['CodeSent'];
      readonly email?: components['schemas']['EmailTarget'];
      readonly phone?: components['schemas']['PhoneTarget'];
      /**
       * @description With cookies, whether they outlive the browser session.
       * @default false
       * @example true
       */
      readonly remember?: boolean;
      readonly delivery?: components['schemas']['Delivery'];
      readonly device?: components['schemas']['DeviceSent'];
    };
    /** Proof by a code */
    readonly CodeProofRequest: {
      readonly challenge_id: components['schemas']['ChallengeId'];
      readonly code: components['schemas']['CodeSent'];
    };
    /** New password with a code */
    readonly ResetRequest: {
      readonly challenge_id: components['schemas']['ChallengeId'];
      readonly code: components['schemas']['CodeSent'];
      readonly new_password: components['schemas']['NewPassword'];
    };
    /**
     * Id of a contact
     * @description Used in addresses of this API.
     * @example k3vz7q2ndw5xj4s6hfa2ytrbgm
     */
    readonly ContactId: string;
    /**
     * Contact
     * @description An email address or a phone number of the account.
     */
    readonly Contact: {
      readonly id: components['schemas']['ContactId'];
      /**
       * @description What it is.
       * @example phone
       * @enum {string}
       */
      readonly kind: 'email' | 'phone';
      /**
       * @description The email address, or the number in E.164 format.
       * @example +8613800138000
       */
      readonly value: string;
      /** @description When it was added. */
      readonly added_at: components['schemas']['Instant'];
      /**
       * Format: date-time
       * @description When it was verified; null if it is not.
       * @example 2026-01-02T03:04:05Z
       */
      readonly verified_at: string | null;
    };
    /** Contacts */
    readonly ContactList: {
      /** @description The oldest first. */
      readonly contacts: readonly components['schemas']['Contact'][];
    };
    /** New contact */
    readonly ContactRequest: {
      readonly email?: components['schemas']['EmailTarget'];
      readonly phone?: components['schemas']['PhoneTarget'];
    };
    /** Contact added */
    readonly ContactAdded: {
      readonly contact: components['schemas']['Contact'];
      readonly challenge_id: components['schemas']['ChallengeId'];
      /**
       * @description Seconds until the next code can be requested.
       * @example 60
       */
      readonly resend_after: number;
      /**
       * @description Seconds that the code is valid.
       * @example 300
       */
      readonly expires_in: number;
    };
    /** Verification */
    readonly VerifyRequest: {
      readonly challenge_id: components['schemas']['ChallengeId'];
      readonly code: components['schemas']['CodeSent'];
    };
    /** Contact verified */
    readonly ContactVerified: {
      /**
       * @description For the person.
       * @example Verified. You can now sign in with it.
       */
      readonly message: string;
      readonly contact: components['schemas']['Contact'];
    };
    /**
     * Identity
     * @description A provider account that signs in to this account.
     */
    readonly Identity: {
      readonly id: components['schemas']['IdentityId'];
      readonly provider: components['schemas']['ProviderName'];
      /**
       * @description The app at the provider.
       * @example wx0123456789abcdef
       */
      readonly app_id: string;
      /**
       * @description The last four characters of its id at the provider, to distinguish two of them.
       * @example 3QYw
       */
      readonly tail: string;
      /** @description When it was linked. */
      readonly linked_at: components['schemas']['Instant'];
    };
    /** Identities */
    readonly IdentityList: {
      /** @description The linked identities, the oldest first. */
      readonly identities: readonly components['schemas']['Identity'][];
      /**
       * @description Whether the account also has a password.
       * @example true
       */
      readonly has_password: boolean;
    };
    /** Identity linked */
    readonly Linked: {
      readonly message: components['schemas']['Notice'];
      readonly identity: components['schemas']['Identity'];
    };
    /** Phone number */
    readonly Phone: {
      /**
       * @description The country code, without a plus.
       * @example 86
       */
      readonly country_code: string;
      /**
       * @description The number without the country code.
       * @example 13800138000
       */
      readonly number: string;
    };
    /** What every reauthentication returns */
    readonly FreshGrant: {
      readonly message: components['schemas']['Notice'];
      readonly status: components['schemas']['StatusOk'];
      readonly token_type: components['schemas']['TokenType'];
      readonly expires_in: components['schemas']['ExpiresIn'];
      /** @description Until when the token counts as fresh. */
      readonly fresh_until: components['schemas']['Instant'];
    };
    /** Fresh token in the body */
    readonly FreshInBody: {
      readonly access_token: components['schemas']['AccessToken'];
    } & components['schemas']['FreshGrant'];
    /** Fresh token in a cookie */
    readonly FreshInCookies: {
      readonly csrf_token: components['schemas']['CsrfToken'];
    } & components['schemas']['FreshGrant'];
    /**
     * Token type
     * @description How to send the access token.
     * @example Bearer
     * @constant
     */
    readonly TokenType: 'Bearer';
    /**
     * Lifetime
     * @description Seconds until the access token expires.
     * @example 900
     */
    readonly ExpiresIn: number;
    /**
     * Access token
     * @description Goes into `Authorization` after `Bearer`.
     * @example eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9...
     */
    readonly AccessToken: string;
    /**
     * CSRF token
     * @description Goes into `X-CSRF-Token` of each request that changes something.
     * @example 9pLr2KxVb0aT4sWm
     */
    readonly CsrfToken: string;
    /** Done */
    readonly Done: {
      readonly message: components['schemas']['Notice'];
    };
    /** Number of sessions ended */
    readonly EndedCount: {
      readonly message: components['schemas']['Notice'];
      /**
       * @description How many sessions ended.
       * @example 2
       */
      readonly ended: number;
    };
    /** Sessions ended */
    readonly EndedSessions: {
      readonly message: components['schemas']['Notice'];
      /** @description The ids of the sessions that ended. */
      readonly ended: readonly components['schemas']['SessionId'][];
    };
    /** Sessions */
    readonly SessionList: {
      /** @description The live sessions. */
      readonly sessions: readonly components['schemas']['Session'][];
      /**
       * @description Where the next page begins; null on the last one.
       * @example null
       */
      readonly next_cursor: string | null;
    };
    /**
     * Event
     * @description One thing that happened.
     */
    readonly Event: {
      /**
       * @description Identifies the event; never changes, never repeats.
       * @example Vd0kq2mYx7TzB4nRcE1sWgp5JuH8aL3f
       */
      readonly id: string;
      /** @description When it happened. */
      readonly at: components['schemas']['Instant'];
      readonly name: components['schemas']['EventName'];
      /**
       * @description The outcome.
       * @example success
       * @enum {string}
       */
      readonly outcome: 'success' | 'failure';
      /**
       * @description The reason, for programs.
       * @example null
       */
      readonly reason: string | null;
      /**
       * @description The session that it concerns.
       * @example Jm3v0T1xQe2cN8bZrK5wYg
       */
      readonly session_id: string | null;
      /**
       * @description The kind of client.
       * @example web
       * @enum {string|null}
       */
      readonly device_type: 'web' | 'h5' | 'mini_program' | 'app' | 'desktop' | 'api' | null;
      /**
       * @description The name that the client gave.
       * @example Study
       */
      readonly device_name: string | null;
      /**
       * @description The IP address it came from.
       * @example 203.0.113.7
       */
      readonly ip: string | null;
      /**
       * @description The user agent of the browser.
       * @example Mozilla/5.0 (X11; Linux x86_64)
       */
      readonly user_agent: string | null;
    };
    /** Page of events */
    readonly EventList: {
      /** @description The newest first. */
      readonly events: readonly components['schemas']['Event'][];
      /**
       * @description Where the next page begins; null on the last one.
       * @example null
       */
      readonly next_cursor: string | null;
    };
    /**
     * Key of a role
     * @description What tokens carry, and what code asks for. It never changes.
     * @example editor
     */
    readonly RoleKey: string;
    /**
     * Permission
     * @description Segments with colons between them; `*` as the last one gives all that follows. `.` is taken as `:`.
     * @example news:article:edit
     */
    readonly Permission: string;
    /**
     * Name of a role
     * @description For people to read.
     * @example Editors
     */
    readonly RoleName: string;
    /**
     * Description of a role
     * @description What it is for.
     * @example Write and change articles.
     */
    readonly RoleDescription: string;
    /** New role */
    readonly RoleCreated: {
      readonly key: components['schemas']['RoleKey'];
      readonly name: components['schemas']['RoleName'];
      readonly description?: components['schemas']['RoleDescription'];
      /** @description What it gives. */
      readonly permissions?: readonly components['schemas']['Permission'][];
    };
    /** Change of a role */
    readonly RoleChange: {
      readonly name?: components['schemas']['RoleName'];
      readonly description?: components['schemas']['RoleDescription'];
      /** @description What it gives. */
      readonly permissions?: readonly components['schemas']['Permission'][];
    };
    /**
     * Role
     * @description A role, and how many people have it.
     */
    readonly Role: {
      readonly key: components['schemas']['RoleKey'];
      readonly name: components['schemas']['RoleName'];
      readonly description: components['schemas']['RoleDescription'];
      /** @description What it gives. */
      readonly permissions: readonly components['schemas']['Permission'][];
      /**
       * @description Whether every installation has it. Then it cannot be deleted.
       * @example false
       */
      readonly builtin: boolean;
      /**
       * @description How many people have it.
       * @example 3
       */
      readonly users: number;
    };
    /** Roles */
    readonly RoleList: {
      /** @description Those of every installation first. */
      readonly roles: readonly components['schemas']['Role'][];
    };
    /** Role saved */
    readonly RoleSaved: {
      readonly message: components['schemas']['Notice'];
      readonly role: components['schemas']['Role'];
    };
    /** Roles of a user */
    readonly RolesOfUser: {
      /** @description The keys of all roles that the user is to have. */
      readonly roles: readonly components['schemas']['RoleKey'][];
    };
    /** Roles of a user, saved */
    readonly UserRoles: {
      readonly message: components['schemas']['Notice'];
      /** @description The keys of the roles. */
      readonly roles: readonly components['schemas']['RoleKey'][];
    };
    /** Signed-in user */
    readonly Me: {
      /**
       * @description The username, as in `user`.
       * @example hufu
       */
      readonly username: string;
      /**
       * @description When the access token was issued (`iat`), in Unix seconds.
       * @example 1795253400
       */
      readonly login_time: number;
      /**
       * @description When the access token expires (`exp`), in Unix seconds.
       * @example 1795254300
       */
      readonly expiration_time: number;
      /**
       * @description Always `access`.
       * @example access
       * @constant
       */
      readonly token_type: 'access';
      /**
       * @description What the roles give, as in `user`.
       * @example []
       */
      readonly permissions: readonly components['schemas']['Permission'][];
      readonly user: components['schemas']['User'];
      readonly session: components['schemas']['Session'];
    };
    /** Profile saved */
    readonly ProfileSaved: {
      readonly message: components['schemas']['Notice'];
      readonly user: components['schemas']['User'];
    };
    /** Deletion planned */
    readonly DeletionPlanned: {
      readonly message: components['schemas']['Notice'];
      /** @description When the account is permanently deleted. */
      readonly purge_at: components['schemas']['Instant'];
    };
    /**
     * Picture
     * @description One picture.
     */
    readonly File: {
      readonly id: components['schemas']['FileId'];
      /**
       * @description The name it was uploaded with, sanitised; its extension fits the type.
       * @example tiger.jpg
       */
      readonly name: string;
      /**
       * @description What it is.
       * @example image/jpeg
       * @enum {string}
       */
      readonly content_type: 'image/jpeg' | 'image/png' | 'image/webp' | 'image/gif' | 'image/avif';
      /**
       * @description How many bytes are stored. This differs from how many were sent.
       * @example 284113
       */
      readonly size: number;
      /**
       * @description Width in pixels, upright.
       * @example 1600
       */
      readonly width: number;
      /**
       * @description Height in pixels, upright.
       * @example 1200
       */
      readonly height: number;
      /** @description When it was added. */
      readonly created_at: components['schemas']['Instant'];
      /**
       * @description Address of the picture; only its owner can read it.
       * @example /api/files/k5tq2n7xwzj4c6bfy3dmhr2vae/content
       */
      readonly content_url: string;
      /**
       * @description Address of its thumbnail; only its owner can read it.
       * @example /api/files/k5tq2n7xwzj4c6bfy3dmhr2vae/content?size=thumb
       */
      readonly thumbnail_url: string;
    };
    /** Picture saved */
    readonly FileAdded: {
      readonly message: components['schemas']['Notice'];
      readonly status: components['schemas']['StatusOk'];
      readonly file: components['schemas']['File'];
    };
    /** Page of pictures */
    readonly FileList: {
      /** @description The newest first. */
      readonly files: readonly components['schemas']['File'][];
      /**
       * @description Where the next page begins; null on the last one.
       * @example null
       */
      readonly next_cursor: string | null;
      readonly usage: components['schemas']['Usage'];
    };
    /**
     * Storage
     * @description How much space the pictures take.
     */
    readonly Usage: {
      /**
       * @description Bytes of all pictures and their thumbnails.
       * @example 284113
       */
      readonly used: number;
      /**
       * @description Bytes that they may take.
       * @example 209715200
       */
      readonly quota: number;
    };
    /**
     * User id
     * @description Names the user, and never changes.
     * @example k5tq2n7xwzj4c6bfy3dmhr2vae
     */
    readonly UserId: string;
    /**
     * Account
     * @description An account, as administrators see it.
     */
    readonly AdminUser: {
      readonly id: components['schemas']['UserId'];
      /**
       * @description The user name, as it was chosen.
       * @example hufu
       */
      readonly username: string;
      /**
       * @description The name to be shown.
       * @example Hu Fu
       */
      readonly display_name: string | null;
      /**
       * @description The e-mail address, as it was typed.
       * @example hufu@example.com
       */
      readonly email: string | null;
      /**
       * @description Whether the address is known to be the user's.
       * @example false
       */
      readonly email_verified: boolean;
      readonly locale: components['schemas']['Locale'];
      /**
       * @description The roles of the account.
       * @example []
       */
      readonly roles: readonly string[];
      /** @description When the account was created. */
      readonly created_at: components['schemas']['Instant'];
      /**
       * @description Whether a password signs in.
       * @example true
       */
      readonly has_password: boolean;
      /**
       * @description Whether the password must be changed when it next signs in.
       * @example false
       */
      readonly must_change_password: boolean;
      /**
       * @description Whether the user can sign in. What is deleted can still be restored until `purge_at`.
       * @example active
       * @enum {string}
       */
      readonly state: 'active' | 'disabled' | 'deleted';
      /**
       * Format: date-time
       * @description When it was disabled.
       * @example null
       */
      readonly disabled_at: string | null;
      /**
       * Format: date-time
       * @description Until when it is disabled; null where no end is set.
       * @example null
       */
      readonly disabled_until: string | null;
      /**
       * @description Why it was disabled.
       * @example null
       */
      readonly disabled_reason: string | null;
      /**
       * Format: date-time
       * @description Until when password attempts are refused, after too many wrong ones; null if they are not.
       * @example null
       */
      readonly locked_until: string | null;
      /**
       * Format: date-time
       * @description When it was deleted.
       * @example null
       */
      readonly deleted_at: string | null;
      /**
       * Format: date-time
       * @description When its data are deleted for good.
       * @example null
       */
      readonly purge_at: string | null;
    };
    /** Page of accounts */
    readonly AdminUserList: {
      /** @description The accounts. */
      readonly users: readonly components['schemas']['AdminUser'][];
      readonly next_cursor: components['schemas']['NextCursor'];
    };
    /**
     * Next page
     * @description Where the next page begins; null on the last one.
     * @example null
     */
    readonly NextCursor: string | null;
    /** Account with its ways to sign in */
    readonly AdminUserShown: {
      readonly user: components['schemas']['AdminUser'];
      /** @description The linked identities, the oldest first. */
      readonly identities: readonly components['schemas']['Identity'][];
      /** @description Addresses and numbers, the oldest first. */
      readonly contacts: readonly components['schemas']['Contact'][];
      /**
       * @description How many sessions live.
       * @example 2
       */
      readonly live_sessions: number;
    };
    /**
     * Person
     * @description Who it is; only the `id` is left of an account that was deleted for good.
     */
    readonly Person: {
      readonly id: components['schemas']['UserId'];
      /**
       * @description The user name.
       * @example hufu
       */
      readonly username: string | null;
      /**
       * @description The name to be shown.
       * @example Hu Fu
       */
      readonly display_name: string | null;
    };
    /**
     * Live session
     * @description One sign-in on one device, and whose it is.
     */
    readonly AdminSession: {
      readonly id: components['schemas']['SessionId'];
      readonly user: components['schemas']['Person'];
      /** @description The kind of client. */
      readonly device_type: components['schemas']['DeviceType'];
      /**
       * @description The name that the client gave.
       * @example Study
       */
      readonly device_name: string | null;
      /**
       * @description What the browser calls itself.
       * @example Mozilla/5.0 (X11; Linux x86_64)
       */
      readonly user_agent: string | null;
      /**
       * @description The address that the user signed in from.
       * @example 203.0.113.7
       */
      readonly ip: string | null;
      /** @description When the user signed in. */
      readonly created_at: components['schemas']['Instant'];
      /** @description When it was last used, to within a minute or so. */
      readonly last_seen_at: components['schemas']['Instant'];
      /** @description When it ends at the latest, however much it is used. */
      readonly expires_at: components['schemas']['Instant'];
      /** @description When it ends unless its tokens are renewed before. */
      readonly refresh_expires_at: components['schemas']['Instant'];
      /**
       * @description How the user signed in: `password`, `code`, the name of a provider, or `application`; null if an older version opened it.
       * @example password
       */
      readonly way: string | null;
      /**
       * @description Whether it is the one that made the request.
       * @example false
       */
      readonly current: boolean;
    };
    /** Page of live sessions */
    readonly AdminSessionList: {
      /** @description The live sessions. */
      readonly sessions: readonly components['schemas']['AdminSession'][];
      readonly next_cursor: components['schemas']['NextCursor'];
    };
    /**
     * Event of anybody
     * @description One thing that happened, to whom, and who did it.
     */
    readonly AdminEvent: {
      /**
       * @description The number of the event.
       * @example 4711
       */
      readonly id: string;
      /** @description When it happened. */
      readonly at: components['schemas']['Instant'];
      readonly name: components['schemas']['EventName'];
      /**
       * @description How it went.
       * @example success
       * @enum {string}
       */
      readonly outcome: 'success' | 'failure';
      /**
       * @description Why, as a word for programs.
       * @example null
       */
      readonly reason: string | null;
      /**
       * @description Whose account it concerns; null for nobody's.
       * @example k5tq2n7xwzj4c6bfy3dmhr2vae
       */
      readonly user_id: string | null;
      /**
       * @description Its user name; null if it was deleted for good.
       * @example hufu
       */
      readonly username: string | null;
      /**
       * @description The administrator who did it; null if the user did, or nobody.
       * @example null
       */
      readonly actor_id: string | null;
      /**
       * @description The administrator's user name.
       * @example null
       */
      readonly actor_name: string | null;
      /**
       * @description The session that it concerns.
       * @example Jm3v0T1xQe2cN8bZrK5wYg
       */
      readonly session_id: string | null;
      /**
       * @description The kind of client.
       * @example web
       * @enum {string|null}
       */
      readonly device_type: 'web' | 'h5' | 'mini_program' | 'app' | 'desktop' | 'api' | null;
      /**
       * @description The name that the client gave.
       * @example Study
       */
      readonly device_name: string | null;
      /**
       * @description The address it came from.
       * @example 203.0.113.7
       */
      readonly ip: string | null;
      /**
       * @description What the browser calls itself.
       * @example Mozilla/5.0 (X11; Linux x86_64)
       */
      readonly user_agent: string | null;
      /**
       * @description What was changed.
       * @example []
       */
      readonly changes: readonly components['schemas']['FieldChange'][];
    };
    /** Change of a field */
    readonly FieldChange: {
      /**
       * @description The name of the field.
       * @example disabled_reason
       */
      readonly field: string;
      /**
       * @description Its value before.
       * @example null
       */
      readonly before: string | null;
      /**
       * @description Its value after.
       * @example spam
       */
      readonly after: string | null;
    };
    /** Page of the history of everybody */
    readonly AdminEventList: {
      /** @description The newest first. */
      readonly events: readonly components['schemas']['AdminEvent'][];
      readonly next_cursor: components['schemas']['NextCursor'];
    };
    /** New account */
    readonly AdminUserRequest: {
      readonly username: components['schemas']['UsernameSent'];
      readonly email?: components['schemas']['EmailSent'];
      /**
       * @description The name to be shown.
       * @example Hu Fu
       */
      readonly display_name?: string | null;
    };
    /** Change of an account */
    readonly AdminUserEdit: {
      readonly username?: components['schemas']['UsernameSent'];
      /**
       * @description The name to be shown; null clears it.
       * @example Hu Fu
       */
      readonly display_name?: string | null;
      /**
       * Format: email
       * @description The e-mail address; null clears it.
       * @example hufu@example.com
       */
      readonly email?: string | null;
      readonly locale?: components['schemas']['Locale'];
    };
    /** Disabling */
    readonly DisableRequest: {
      /**
       * @description Why, for other administrators to read. The user is not told.
       * @example spam
       */
      readonly reason: string;
      /**
       * Format: date-time
       * @description Until when; null or nothing for no end.
       * @example 2027-01-01T00:00:00Z
       */
      readonly until?: string | null;
    };
    /** Account changed */
    readonly AdminUserChanged: {
      readonly message: components['schemas']['Notice'];
      readonly user: components['schemas']['AdminUser'];
      /**
       * @description How many sessions ended.
       * @example 2
       */
      readonly ended: number;
    };
    /** One-time password */
    readonly AdminPasswordTold: {
      readonly message: components['schemas']['Notice'];
      readonly user: components['schemas']['AdminUser'];
      /**
       * @description Told once. It must be changed when it first signs in.
       * @example kq7m-2xvd-9hfa-4tzc
       */
      readonly password: string;
      /**
       * @description How many sessions ended.
       * @example 0
       */
      readonly ended: number;
    };
    /** Overview */
    readonly AdminStatistics: {
      /** @description The time of the answer. */
      readonly at: components['schemas']['Instant'];
      /**
       * @description Accounts. Up to 10,000 are counted now; more were counted at the beginning of the hour.
       * @example 1204
       */
      readonly users: number;
      /**
       * @description Live sessions, counted like the accounts.
       * @example 86
       */
      readonly online: number;
      /**
       * @description Accounts that are locked now, after wrong passwords.
       * @example 0
       */
      readonly locked: number;
      /** @description One for each day, the oldest first. The last one is today. */
      readonly days: readonly components['schemas']['AdminStatisticsDay'][];
      /** @description Live sessions of the last seven days, the oldest first. Hours in which nothing ran are missing. */
      readonly online_by_hour: readonly components['schemas']['AdminStatisticsHour'][];
      /** @description Sign-ins of all these days by kind of client, the most first. */
      readonly device_types: readonly components['schemas']['AdminCount'][];
      /** @description Addresses from which ten or more sign-ins were refused within a day; ten of them, the most first. */
      readonly suspicious_addresses: readonly components['schemas']['AdminSuspiciousAddress'][];
    };
    /** Figures of a day */
    readonly AdminStatisticsDay: {
      /**
       * Format: date
       * @description The day, at the offset that was asked for.
       * @example 2026-05-01
       */
      readonly day: string;
      /**
       * @description Accounts that were created.
       * @example 12
       */
      readonly new_users: number;
      /** @description Sign-ins by way, the most first: `password`, `code`, the name of a provider, `application`; `unknown` if an older version logged them. */
      readonly signed_in: readonly components['schemas']['AdminCount'][];
      /** @description Refused sign-ins by error code, the most first. */
      readonly refused: readonly components['schemas']['AdminCount'][];
      /** @description Ended sessions by reason, the most first. Those that expired are counted at the next full hour. */
      readonly ended: readonly components['schemas']['AdminCount'][];
      /**
       * @description Refresh tokens that were used twice, perhaps by a thief.
       * @example 0
       */
      readonly reused: number;
    };
    /** Figures of an hour */
    readonly AdminStatisticsHour: {
      /** @description The beginning of the hour. */
      readonly at: components['schemas']['Instant'];
      /**
       * @description Live sessions.
       * @example 86
       */
      readonly online: number;
    };
    /** Count */
    readonly AdminCount: {
      /**
       * @description What was counted.
       * @example password
       */
      readonly what: string;
      /**
       * @description How often.
       * @example 42
       */
      readonly count: number;
    };
    /** Suspicious address */
    readonly AdminSuspiciousAddress: {
      /**
       * @description The network address.
       * @example 203.0.113.7
       */
      readonly address: string;
      /**
       * @description Sign-ins that were refused within a day.
       * @example 37
       */
      readonly refused: number;
    };
    /** Settings */
    readonly AdminSettings: {
      /** @description In the order of the reference. */
      readonly settings: readonly components['schemas']['AdminSetting'][];
    };
    /** Setting */
    readonly AdminSetting: {
      /**
       * @description As the environment has it.
       * @example TALLY_ACCESS_TTL
       */
      readonly name: string;
      /**
       * @description What it belongs to, in the caller's language.
       * @example Sessions
       */
      readonly subject: string;
      /**
       * @description What it is, in the caller's language.
       * @example How long an access token is valid.
       */
      readonly description: string;
      /**
       * @description As the environment would have it; null if it is not set, or a secret.
       * @example 900
       */
      readonly value: string | null;
      /**
       * @description What it is where nobody sets it.
       * @example 900
       */
      readonly default: string | null;
      /**
       * @description Whether its value is never shown.
       * @example false
       */
      readonly secret: boolean;
      /**
       * @description Where the value came from. `file` is one that a `_FILE` setting names; `application` is the command line, or the code that embeds the product.
       * @example default
       * @enum {string}
       */
      readonly origin: 'default' | 'environment' | 'file' | 'application';
    };
    /** Feed */
    readonly Feed: {
      /**
       * @description Id of the feed. Another one means that the database was restored, exchanged or started again.
       * @example k3f7m2qa
       */
      readonly feed: string;
      /**
       * @description The last position that was given.
       * @example 4713
       */
      readonly head: number;
      /**
       * @description The time of the service, in Unix seconds.
       * @example 1795693659.35
       */
      readonly now: number;
      /**
       * @description Whether there are entries behind this page.
       * @example false
       */
      readonly more: boolean;
      /**
       * @description Changes with the key set; the first 48 bits of the SHA-256 of all `kid`, sorted, one per line.
       * @example 204381629517845
       */
      readonly keys: number;
      /**
       * @description Changes with what roles give; the first 48 bits of the SHA-256 of a line for each role, sorted: its key and its sorted permissions, a blank before each.
       * @example 88140273915562
       */
      readonly roles: number;
      /**
       * @description For how many seconds this service may rely on the answer.
       * @example 0.25
       */
      readonly silence: number;
      /**
       * @description Longest life of an access token, in seconds.
       * @example 900
       */
      readonly access_ttl: number;
      /**
       * @description In the order of their positions. `[position, "s", session, reason, forget_at]`: a session ended; `[position, "p", session, proof, forget_at]`: its tokens with a lower `proof` are out of date; `[position, "u", user, version, forget_at]`: this user's tokens with a lower `cv` are out of date; `[position, "a", time]`: so are all tokens that were issued before that second; `[position, "k"]` and `[position, "r"]`: the keys, or the roles, changed.
       * @example [
       *       [
       *         4710,
       *         "s",
       *         "Jm3v0T1xQe2cN8bZrK5wYg",
       *         "logged_out",
       *         1795694560
       *       ]
       *     ]
       */
      readonly entries: readonly (readonly (number | string)[])[];
    };
    /** Roles for verifiers */
    readonly FeedRoles: {
      /**
       * @description The permissions of each role, sorted.
       * @example {
       *       "editor": [
       *         "news:article:edit"
       *       ]
       *     }
       */
      readonly roles: {
        readonly [key: string]: readonly string[];
      };
    };
    /** Key set */
    readonly KeySet: {
      /** @description Public keys; `kid` in a token's header says which one. */
      readonly keys: readonly components['schemas']['PublicKey'][];
    };
    /** Public key */
    readonly PublicKey: {
      /**
       * @description The family of the key.
       * @example EC
       * @enum {string}
       */
      readonly kty: 'EC' | 'OKP' | 'RSA';
      /**
       * @description For signatures only.
       * @example sig
       * @constant
       */
      readonly use: 'sig';
      /**
       * @description The only algorithm it may be used with.
       * @example ES256
       * @enum {string}
       */
      readonly alg: 'ES256' | 'EdDSA' | 'RS256';
      /**
       * @description The name of the key.
       * @example 2026-11-k1
       */
      readonly kid: string;
      /**
       * @description The curve, of EC and OKP keys.
       * @example P-256
       * @enum {string}
       */
      readonly crv?: 'P-256' | 'Ed25519';
      /**
       * @description First coordinate.
       * @example f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU
       */
      readonly x?: string;
      /**
       * @description Second coordinate, of EC keys.
       * @example x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0
       */
      readonly y?: string;
      /** @description Modulus, of RSA keys. */
      readonly n?: string;
      /** @description Exponent, of RSA keys. */
      readonly e?: string;
    };
    /** Health */
    readonly Health: {
      /**
       * @description Always `ok`.
       * @example ok
       * @constant
       */
      readonly status: 'ok';
    };
    /** Ready */
    readonly Ready: {
      /**
       * @description Always `ready`.
       * @example ready
       * @constant
       */
      readonly status: 'ready';
      readonly checks: components['schemas']['Checks'];
    };
    /** Not ready */
    readonly Unready: {
      /**
       * @description Always `unready`.
       * @example unready
       * @constant
       */
      readonly status: 'unready';
      readonly checks: components['schemas']['Checks'];
    };
    /**
     * Checks
     * @description Each check: `ok`, or what is wrong.
     * @example {
     *       "database": "ok"
     *     }
     */
    readonly Checks: {
      readonly [key: string]: string;
    };
    /** Error */
    readonly Error: {
      readonly code: components['schemas']['ErrorCode'];
      /**
       * @description For the person, in their language. Programs read `code`.
       * @example Signed in on another device. Please sign in again to continue here.
       */
      readonly message: string;
      /**
       * @description The HTTP status, repeated.
       * @example 401
       */
      readonly status: number;
      /** @description The invalid members, with texts to show beside each. */
      readonly fields?: {
        readonly [key: string]: readonly string[];
      };
      readonly reason?: components['schemas']['EndReason'];
      /** @description When the session ended. */
      readonly ended_at?: components['schemas']['Instant'];
      /** @description The device that ended the session. */
      readonly by?: {
        /**
         * @description Its name.
         * @example Phone
         */
        readonly device_name: string | null;
        /**
         * @description Its address.
         * @example 198.51.100.20
         */
        readonly ip: string | null;
      };
      /**
       * Format: date-time
       * @description Until when the account is disabled; null if no end is set.
       */
      readonly until?: string | null;
      /** @description How many tries the code has left. */
      readonly tries_left?: number;
      /** @description Seconds to wait, as in `Retry-After`. */
      readonly retry_after?: number;
      /**
       * @description For developers, in English: what was expected, and which setting decides it. Never show it to users.
       * @example Send the body as JSON, with Content-Type: application/json.
       */
      readonly hint?: string;
      /** @description What to tell the operator. */
      readonly request_id?: string;
    };
    /**
     * Error code
     * @description Permanent, for programs.
     * @example session_ended
     * @enum {string}
     */
    readonly ErrorCode:
      | 'malformed_json'
      | 'invalid_request'
      | 'invalid_credentials'
      | 'token_missing'
      | 'token_invalid'
      | 'token_expired'
      | 'session_ended'
      | 'session_unknown'
      | 'service_unknown'
      | 'provider_code_invalid'
      | 'code_invalid'
      | 'code_expired'
      | 'csrf_failed'
      | 'fresh_token_required'
      | 'forbidden'
      | 'user_disabled'
      | 'password_change_required'
      | 'registration_closed'
      | 'provider_user_blocked'
      | 'identity_not_linked'
      | 'not_found'
      | 'method_not_allowed'
      | 'payload_too_large'
      | 'unsupported_media_type'
      | 'range_not_satisfiable'
      | 'username_taken'
      | 'email_taken'
      | 'refresh_stale'
      | 'too_many_sessions'
      | 'quota_exceeded'
      | 'identity_taken'
      | 'last_way_to_sign_in'
      | 'last_administrator'
      | 'role_fixed'
      | 'role_in_use'
      | 'feed_changed'
      | 'rate_limited'
      | 'internal_error'
      | 'provider_misconfigured'
      | 'verifier_unavailable'
      | 'upstream_unavailable'
      | 'busy';
    /**
     * End of a session
     * @description Why the session ended.
     * @example replaced
     * @enum {string}
     */
    readonly EndReason:
      | 'logged_out'
      | 'replaced'
      | 'kicked'
      | 'evicted'
      | 'disabled'
      | 'password_changed'
      | 'refresh_reused'
      | 'user_deleted'
      | 'authorization_revoked'
      | 'expired'
      | 'idle';
    /**
     * Name of an event
     * @description What happened, as `source:subject:action`.
     * @example account:session:opened
     * @enum {string}
     */
    readonly EventName:
      | 'account:user:registered'
      | 'account:user:updated'
      | 'account:user:deleted'
      | 'account:deletion:cancelled'
      | 'account:user:reauthenticated'
      | 'account:user:reauthentication_refused'
      | 'account:session:opened'
      | 'account:session:refused'
      | 'account:session:ended'
      | 'account:session:replaced'
      | 'account:session:kicked'
      | 'account:session:evicted'
      | 'account:refresh:refused'
      | 'account:refresh:reused'
      | 'account:password:changed'
      | 'account:password:change_refused'
      | 'account:password:rehashed'
      | 'account:file:added'
      | 'account:file:deleted'
      | 'account:identity:linked'
      | 'account:identity:link_refused'
      | 'account:identity:unlinked'
      | 'account:phone:read'
      | 'account:code:sent'
      | 'account:password:reset'
      | 'account:password:reset_refused'
      | 'account:contact:added'
      | 'account:contact:verified'
      | 'account:contact:removed'
      | 'account:name:lost'
      | 'provider:identity:withdrawn'
      | 'cli:user:created'
      | 'cli:user:imported'
      | 'cli:user:promoted'
      | 'cli:user:disabled'
      | 'cli:user:enabled'
      | 'cli:email:verified'
      | 'cli:password:set'
      | 'app:session:ended'
      | 'cli:session:ended'
      | 'cli:keys:rotated'
      | 'cli:keys:retired'
      | 'account:lockout:began'
      | 'account:lockout:refused'
      | 'account:csrf:refused'
      | 'account:access:refused'
      | 'account:token:refused'
      | 'account:code:refused'
      | 'cli:lockout:ended'
      | 'admin:user:created'
      | 'admin:user:edited'
      | 'admin:user:disabled'
      | 'admin:user:enabled'
      | 'admin:user:deleted'
      | 'admin:user:restored'
      | 'admin:password:set'
      | 'admin:lockout:ended'
      | 'admin:session:ended'
      | 'cli:user:deleted'
      | 'cli:user:restored'
      | 'system:lockout:ended'
      | 'system:user:purged'
      | 'admin:role:created'
      | 'admin:role:changed'
      | 'admin:role:deleted'
      | 'admin:user:roles_changed'
      | 'cli:role:created'
      | 'cli:role:changed'
      | 'cli:role:deleted'
      | 'cli:user:roles_changed';
  };
  responses: {
    /** @description The account was created. */
    readonly Registered: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Registered'];
      };
    };
    /** @description Both tokens of the session; `delivery` decides in which form. */
    readonly Tokens: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json':
          components['schemas']['TokensInBody'] | components['schemas']['TokensInCookies'];
      };
    };
    /** @description The providers that are set up. */
    readonly ProviderList: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['ProviderList'];
      };
    };
    /** @description Where to send the browser. */
    readonly ProviderStart: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['ProviderStart'];
      };
    };
    /** @description Both tokens of the session, and whether the account is new. */
    readonly ProviderTokens: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json':
          | components['schemas']['ProviderTokensInBody']
          | components['schemas']['ProviderTokensInCookies'];
      };
    };
    /** @description A code is on its way, if somebody has the address. */
    readonly CodeAsked: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['CodeAsked'];
      };
    };
    /** @description The addresses and numbers of the account. */
    readonly ContactList: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['ContactList'];
      };
    };
    /** @description Added, and a code is on its way. */
    readonly ContactAdded: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['ContactAdded'];
      };
    };
    /** @description Verified. */
    readonly ContactVerified: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['ContactVerified'];
      };
    };
    /** @description What is linked to the account. */
    readonly IdentityList: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['IdentityList'];
      };
    };
    /** @description Linked. */
    readonly Linked: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Linked'];
      };
    };
    /** @description The number. */
    readonly Phone: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Phone'];
      };
    };
    /** @description The `echostr` of the request. */
    readonly PushEcho: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'text/plain': string;
      };
    };
    /** @description The word `success`. */
    readonly PushTaken: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'text/plain': string;
      };
    };
    /** @description A fresh access token, delivered like the old one. */
    readonly Fresh: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json':
          components['schemas']['FreshInBody'] | components['schemas']['FreshInCookies'];
      };
    };
    /** @description Done. */
    readonly Done: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Done'];
      };
    };
    /** @description Done, and how many sessions it ended. */
    readonly EndedCount: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['EndedCount'];
      };
    };
    /** @description Done, and which sessions it ended. */
    readonly EndedSessions: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['EndedSessions'];
      };
    };
    /** @description The live sessions. */
    readonly SessionList: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['SessionList'];
      };
    };
    /** @description One page of the history. */
    readonly EventList: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['EventList'];
      };
    };
    /** @description The roles. */
    readonly RoleList: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['RoleList'];
      };
    };
    /** @description The role. */
    readonly RoleFound: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Role'];
      };
    };
    /** @description The role as it is now. */
    readonly RoleSaved: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['RoleSaved'];
      };
    };
    /** @description The roles that the user has now. */
    readonly UserRoles: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['UserRoles'];
      };
    };
    /** @description The signed-in user. */
    readonly Me: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Me'];
      };
    };
    /** @description The profile as it is now. */
    readonly ProfileSaved: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['ProfileSaved'];
      };
    };
    /** @description The account will be deleted. */
    readonly DeletionPlanned: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['DeletionPlanned'];
      };
    };
    /** @description One page of the pictures. */
    readonly FileList: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['FileList'];
      };
    };
    /** @description The picture was saved. */
    readonly FileAdded: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['FileAdded'];
      };
    };
    /** @description The picture. */
    readonly FileContent: {
      headers: {
        readonly ETag: components['headers']['ETag'];
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'image/*': string;
      };
    };
    /** @description The requested range. */
    readonly FilePart: {
      headers: {
        readonly ETag: components['headers']['ETag'];
        readonly 'Content-Range': components['headers']['ContentRange'];
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'image/*': string;
      };
    };
    /** @description The client's copy is still valid. */
    readonly Unchanged: {
      headers: {
        readonly ETag: components['headers']['ETag'];
        readonly [name: string]: unknown;
      };
      content?: never;
    };
    /** @description One page of the accounts. */
    readonly AdminUserList: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['AdminUserList'];
      };
    };
    /** @description The account. */
    readonly AdminUserShown: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['AdminUserShown'];
      };
    };
    /** @description One page of the live sessions. */
    readonly AdminSessionList: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['AdminSessionList'];
      };
    };
    /** @description One page of the history, or all of it as a file. */
    readonly AdminEventList: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['AdminEventList'];
        readonly 'text/csv': string;
        readonly 'application/jsonl': string;
      };
    };
    /** @description Done. */
    readonly AdminUserChanged: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['AdminUserChanged'];
      };
    };
    /** @description Done, and the password. */
    readonly AdminPasswordTold: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['AdminPasswordTold'];
      };
    };
    /** @description The figures. */
    readonly AdminStatistics: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['AdminStatistics'];
      };
    };
    /** @description The settings. */
    readonly AdminSettings: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['AdminSettings'];
      };
    };
    /** @description The keys in use, and those whose tokens may still be valid. */
    readonly KeySet: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['KeySet'];
      };
    };
    /** @description A page of the feed. */
    readonly Feed: {
      headers: {
        /** @description Proof that this answers the question with that nonce. */
        readonly 'Tally-Feed-Proof'?: string;
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Feed'];
      };
    };
    /** @description All roles. */
    readonly FeedRoles: {
      headers: {
        /** @description Proof that this answers the question with that nonce. */
        readonly 'Tally-Feed-Proof'?: string;
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['FeedRoles'];
      };
    };
    /** @description The document. */
    readonly ContractDocument: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': Record<string, never>;
      };
    };
    /** @description The module. */
    readonly ClientModule: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'text/javascript': string;
      };
    };
    /** @description The page. */
    readonly DocsPage: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'text/html': string;
      };
    };
    /** @description The metrics. */
    readonly Figures: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'text/plain': string;
      };
    };
    /** @description Alive. */
    readonly Healthy: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Health'];
      };
    };
    /** @description Everything works. */
    readonly Ready: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Ready'];
      };
    };
    /** @description Something that the service depends on does not work. */
    readonly Unready: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Unready'];
      };
    };
    /** @description Invalid request. */
    readonly BadRequest: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Error'];
      };
    };
    /** @description Not signed in, or the session has ended. */
    readonly Unauthorized: {
      headers: {
        readonly 'WWW-Authenticate': components['headers']['Authenticate'];
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Error'];
      };
    };
    /** @description The caller is known, but may not do this. */
    readonly Forbidden: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Error'];
      };
    };
    /** @description Not found. */
    readonly NotFound: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Error'];
      };
    };
    /** @description Conflict with the current state. */
    readonly Conflict: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Error'];
      };
    };
    /** @description Too large. */
    readonly PayloadTooLarge: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Error'];
      };
    };
    /** @description Unsupported type. */
    readonly UnsupportedMediaType: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Error'];
      };
    };
    /** @description The requested range does not exist. */
    readonly NoSuchRange: {
      headers: {
        readonly 'Content-Range': components['headers']['ContentRange'];
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Error'];
      };
    };
    /** @description Too many requests. */
    readonly RateLimited: {
      headers: {
        readonly 'Retry-After': components['headers']['RetryAfter'];
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Error'];
      };
    };
    /** @description A fault of the service. */
    readonly InternalError: {
      headers: {
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Error'];
      };
    };
    /** @description Something that the service depends on does not respond, or too many requests are waiting (`busy`). */
    readonly Unavailable: {
      headers: {
        readonly 'Retry-After': components['headers']['RetryAfter'];
        readonly [name: string]: unknown;
      };
      content: {
        readonly 'application/json': components['schemas']['Error'];
      };
    };
  };
  parameters: {
    /** @description The position behind which the answer begins. */
    readonly FeedAfter: number;
    /** @description The `feed` of the last answer. */
    readonly FeedId: string;
    /** @description Random, and another one for each question. */
    readonly FeedNonce: string;
    /** @description The `keys` of the feed. The answer is read from the database, and no cache may keep it. */
    readonly KeySetNumber: number;
    /** @description Proof that the refresh comes from the device that signed in. Opaque to the server; the same for every attempt at one rotation. */
    readonly Nonce: string;
    /** @description The `key` of the role. */
    readonly RoleKey: components['schemas']['RoleKey'];
    /** @description The `id` of the picture, from the list. */
    readonly FileIdInPath: components['schemas']['FileId'];
    /** @description The `id` of the account. */
    readonly UserIdInPath: components['schemas']['UserId'];
    /** @description Only those of this user; a user name, a verified address or number, or an id. */
    readonly UserAsked: string;
    /** @description Only those from this network address. */
    readonly AddressAsked: string;
    /** @description Only users who have the role with this `key`, or their sessions. Accounts are then in the order of their ids. A page may be shorter than `limit` although more follow: `next_cursor` tells. */
    readonly RoleAsked: string;
    /** @description `next_cursor` of the page before; nothing for the first page. */
    readonly AdminCursor: string;
    /** @description How many to answer at most. */
    readonly AdminLimit: number;
    /** @description The provider, as `GET /api/auth/providers` names it. */
    readonly Provider: components['schemas']['ProviderName'];
    /** @description The app at the provider. */
    readonly AppId: components['schemas']['AppIdSent'];
    /** @description SHA-1 of the push token, the timestamp and the nonce. */
    readonly PushSignature: string;
    /** @description When the provider sent it, in Unix seconds. */
    readonly PushTimestamp: string;
    /** @description A random number. */
    readonly PushNonce: string;
  };
  requestBodies: never;
  headers: {
    /** @description Identifies exactly this content. */
    readonly ETag: string;
    /** @description Which bytes these are, and the total length. */
    readonly ContentRange: string;
    /** @description Always `Bearer`, as RFC 6750 requires. */
    readonly Authenticate: string;
    /** @description Seconds to wait before the next attempt. */
    readonly RetryAfter: number;
  };
  pathItems: never;
}
