/**
 * The names by which this package and its users call what travels on the wire. The shapes are the
 * contract's own; objects from the server keep their names there (`snake_case`). Types only.
 */
import type { components } from './contract.generated.js';

type Schemas = components['schemas'];

/** A user, as the server describes them. */
export type User = Schemas['User'];
/** One sign-in on one device. `id` is safe to show; it is no credential. */
export type Session = Schemas['Session'];
export type DeviceType = Schemas['DeviceType'];
/** How this device presents itself in "my devices". */
export type DeviceLabel = Schemas['DeviceSent'];
/** Why the server says that a session ended. */
export type EndReason = Schemas['EndReason'];
/** Codes of the server's refusals. Permanent; a newer server may have more. */
export type ErrorCode = Schemas['ErrorCode'];
/** The body of a refusal. */
export type ErrorBody = Schemas['Error'];
/** The server's account of an ended session: why, when and by which device, where it says so. */
export type EndDetail = Pick<ErrorBody, 'code' | 'reason' | 'ended_at' | 'by'>;

/** What `register` needs. */
export type Registration = Schemas['RegisterRequest'];
/** What `login` needs; `username` may be an e-mail address. */
export type Credentials = Omit<Schemas['LoginRequest'], 'delivery'>;
/** What `loginWith` needs: the one-time code of a third-party sign-in. */
export type ProviderCredentials = Omit<Schemas['ProviderLoginRequest'], 'delivery'>;
/** What `loginWith('code', …)` needs: a code that was sent, and which it is. */
export type CodeCredentials = Omit<Schemas['CodeLoginRequest'], 'delivery'>;
/** What `reauthenticateWith('code', …)` needs. */
export type CodeProof = Schemas['CodeProofRequest'];
/** An address or number of the account. */
export type Contact = Schemas['Contact'];
/** A way to sign in that is linked to an account. */
export type Identity = Schemas['Identity'];
/** A provider's code with which the signed-in user reauthenticates. */
export type ProviderProof = Schemas['ProviderProofRequest'];
/** What users can change of their profile. */
export type ProfilePatch = Schemas['ProfileRequest'];
/** What a sign-in or refresh answers, whichever way the tokens travel. */
export type TokenAnswer = Schemas['Grant'] &
  Partial<Pick<Schemas['TokensInBody'], 'access_token' | 'refresh_token' | 'sign_out_ticket'>> &
  Partial<Pick<Schemas['ProviderTokensInCookies'], 'csrf_token' | 'created'>>;

/** `GET /api/me`: the times are Unix seconds of the access token. */
export type Me = Schemas['Me'];
/** Names in the history, as `source:subject:action`. */
export type EventName = Schemas['EventName'];
/** One line of the history. */
export type HistoryEvent = Schemas['Event'];
/** A page of the user's history, newest first. */
export type EventPage = Schemas['EventList'];
export type SessionPage = Schemas['SessionList'];
/** One of the user's own pictures. */
export type Picture = Schemas['File'];
/** A page of them, newest first. */
export type PicturePage = Schemas['FileList'];
/** How much room they take and may take, in bytes. */
export type Usage = Schemas['Usage'];

/** An account, as administrators see it. */
export type AdminUser = Schemas['AdminUser'];
/** An account with its ways to sign in. */
export type AdminUserShown = Schemas['AdminUserShown'];
/** A live session of anybody. */
export type AdminSession = Schemas['AdminSession'];
/** One line of everybody's history. */
export type AdminEvent = Schemas['AdminEvent'];
/** A setting with its origin. */
export type AdminSetting = Schemas['AdminSetting'];
/** A role, what it gives, and how many people have it. */
export type Role = Schemas['Role'];
