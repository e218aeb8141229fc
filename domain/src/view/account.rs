//! People, their roles, sessions, keys and links, as their pages show them.

use super::StoreView;
use crate::{Access, CategorySet, KeyId, Permission, Role, SessionId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// The user.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their role in the store they look at.
    pub role: Role,
    /// The store they look at.
    pub store: StoreView,
    /// All stores they have a role in.
    pub stores: Vec<StoreView>,
    /// The name of the zone at this moment, such as `GMT+3`.
    pub zone_label: String,
    /// Now, on the server's clock.
    pub now: DateTime<Utc>,
    /// What the store's clock adds to UTC now, in minutes.
    pub offset_minutes: i32,
    /// Whether anything came from the store yet: the first-run page shows otherwise.
    pub has_entries: bool,
    /// What an own role is called; none for roles that ship.
    #[serde(default)]
    pub role_name: Option<String>,
    /// Their role asks for a second factor and they have none: only their account is open.
    #[serde(default)]
    pub must_enrol: bool,
}

impl Viewer {
    /// Whether they may do `what` in this store.
    pub const fn may(&self, what: Permission) -> bool {
        self.role.may(what)
    }
}

/// A user as the Users page shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// The user.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their role in this store.
    pub role: Role,
    /// What an own role is called; none for roles that ship.
    pub role_name: Option<String>,
    /// Whether they may not sign in.
    pub is_blocked: bool,
    /// Whether they have an authenticator app or a passkey.
    pub has_second_factor: bool,
    /// Whether they have no password yet.
    pub is_invited: bool,
    /// How many sessions they have open in this store.
    pub sessions: u32,
    /// When they were last here.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// When they were added.
    pub created_at: DateTime<Utc>,
}

/// An API key as its page shows it; the secret is never among it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyView {
    /// The key.
    pub id: KeyId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The first characters of the secret, to recognise it by.
    pub prefix: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// What an own role is called; none for roles that ship.
    pub role_name: Option<String>,
    /// To what it is narrowed: it reads and records activities of these categories only.
    pub categories: Option<CategorySet>,
    /// From which networks it may come; from anywhere when empty.
    pub networks: Vec<String>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// From which address it was last used.
    pub last_used_ip: Option<String>,
    /// Until when the secret before the last rotation still works.
    pub old_secret_until: Option<DateTime<Utc>>,
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKey {
    /// What it is for, 1 to 100 characters.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// To what it is narrowed; none for all that the role opens.
    pub categories: Option<CategorySet>,
    /// Networks such as `10.0.0.0/8`, at most 50; from anywhere when empty.
    pub networks: Vec<String>,
    /// When it ends by itself; in the future.
    pub expires_at: Option<DateTime<Utc>>,
}

impl NewKey {
    /// The most days after which a key ends by itself: ten years.
    pub const MOST_DAYS: u32 = 3_650;
}

/// A role as the roles page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleView {
    /// `manager`, or `own_12`.
    pub id: String,
    /// An own role's name; empty for one that ships.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Whether it ships, so that it can't be changed.
    pub is_shipped: bool,
    /// Everything that it opens.
    pub access: Access,
    /// How many people have it.
    pub users: u32,
    /// How many keys have it that are not revoked.
    pub keys: u32,
    /// Whether it asks for a second factor.
    pub requires_second_factor: bool,
}

/// An own role to be made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleInput {
    /// 1 to 60 characters, unique in the store whatever its case.
    pub name: String,
    /// At most 500 characters.
    pub description: String,
    /// What it is to open.
    pub access: Access,
}

/// What a person proves themselves by, besides the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Factors {
    /// An authenticator app (RFC 6238), confirmed by a first code.
    pub totp: bool,
    /// How many recovery codes are left.
    pub recovery_codes: u32,
    /// How many passkeys.
    pub passkeys: u32,
}

impl Factors {
    /// Whether there is a second factor at all; recovery codes alone are none.
    pub const fn is_any(self) -> bool {
        self.totp || self.passkeys > 0
    }
}

/// A passkey in its owner's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyView {
    /// Its credential id, hexadecimal.
    pub id: String,
    /// What its owner calls it, 1 to 60 characters.
    pub name: String,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it was last signed in with.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// What a browser is to answer with a passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyChallenge {
    /// The options in their JSON form (WebAuthn level 3, 5.1.8 and 5.1.9).
    pub options: String,
    /// What the server has to see again with the answer; sealed.
    pub ceremony: String,
}

/// The ways in besides the password, as the sign-in page offers them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SignInWays {
    /// Whether passkeys work at this server's address: browsers want a host name for them.
    pub passkeys: bool,
    /// OpenID Connect providers: the id in addresses and the name on the button.
    pub providers: Vec<(String, String)>,
    /// Whether a store of one's own has an owner. Until then only the one-time link of the server's start leads on.
    pub has_owner: bool,
}

/// One's own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// The address that waits to be confirmed.
    pub pending_email: Option<String>,
    /// When the password was last set, if that is known.
    pub password_changed_at: Option<DateTime<Utc>>,
    /// Since when there is an authenticator app.
    pub totp_since: Option<DateTime<Utc>>,
    /// How many recovery codes are left.
    pub recovery_codes_left: u32,
    /// How many passkeys there are.
    pub passkeys: u32,
    /// Whether a role of theirs asks for a second factor.
    pub must_have_second_factor: bool,
}

/// A session in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Names it in lists; opens nothing.
    pub id: SessionId,
    /// Browser and system in words, if they could be told.
    pub device: Option<String>,
    /// The address it was started from.
    pub ip: Option<String>,
    /// Where that is, in words, if a file of addresses is given.
    pub place: Option<String>,
    /// When it was started.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub is_current: bool,
    /// Whether a second factor was given.
    pub has_second_factor: bool,
}

/// What an emailed link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// Join: choose a name and a password.
    Invitation,
    /// Set a new password.
    Password,
    /// Confirm a change of address, from the old one.
    OldEmail,
    /// Confirm a change of address, from the new one.
    NewEmail,
}

impl LinkPurpose {
    /// The word stored for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Password => "password",
            Self::OldEmail => "old_email",
            Self::NewEmail => "new_email",
        }
    }

    /// The purpose of a stored word.
    pub fn of_str(word: &str) -> Option<Self> {
        [
            Self::Invitation,
            Self::Password,
            Self::OldEmail,
            Self::NewEmail,
        ]
        .into_iter()
        .find(|purpose| purpose.as_str() == word)
    }
}

/// An emailed link that works now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Whose.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The address they want instead.
    pub new_email: Option<String>,
    /// Into which store somebody is invited.
    pub store: Option<String>,
    /// By whom.
    pub invited_by: Option<String>,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
}

/// What an authenticator app is set up with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotpSetup {
    /// Base32 (RFC 4648) in groups of four, to be typed.
    pub secret: String,
    /// `otpauth://totp/...`.
    pub uri: String,
    /// The same as a QR code: a complete `<svg>` element.
    pub qr_svg: String,
}

/// The safety of one store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The ids of roles that need a second factor.
    pub second_factor_for: Vec<String>,
    /// A session that was not used for so long is over: 5 to 129,600 minutes (90 days).
    pub idle_minutes: u32,
    /// A session of this age is over: 1 to 365 days.
    pub lifetime_days: u32,
    /// How long the operations log is kept: 1 to 3,650 days.
    pub request_days: u32,
    /// Names of fields that hold secrets, besides those that are always scrubbed; at most 100.
    pub scrubbed_names: Vec<String>,
    /// To whom alarms are mailed; at most 20.
    pub alarm_emails: Vec<String>,
    /// Where alarms are posted, signed; begins with `https://`.
    pub alarm_url: Option<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            second_factor_for: Vec::new(),
            idle_minutes: 30 * 24 * 60,
            lifetime_days: 90,
            request_days: 90,
            scrubbed_names: Vec::new(),
            alarm_emails: Vec::new(),
            alarm_url: None,
        }
    }
}
