//! What a role opens, taken apart: which activities, which messages, masked or clear, and what may be done.

use crate::{Category, CategorySet};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Which activities a role reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityAccess {
    /// Each one.
    All,
    /// Those of whose categories it holds each one.
    Categories(CategorySet),
    /// `order.status_changed` of orders assigned to the person.
    AssignedOrders,
    /// None.
    Nothing,
}

/// Which messages and order threads a role reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageAccess {
    /// Each one.
    All,
    /// Those of orders assigned to the person.
    AssignedOrders,
    /// None.
    Nothing,
}

impl ActivityAccess {
    /// Whether it reads nothing that `other` doesn't.
    pub const fn is_within(self, other: Self) -> bool {
        match (self, other) {
            (_, Self::All) | (Self::Nothing, _) => true,
            (Self::Categories(own), Self::Categories(others)) => own.is_within(others),
            (Self::AssignedOrders, Self::AssignedOrders) => true,
            _ => false,
        }
    }
}

impl MessageAccess {
    /// Whether it reads nothing that `other` doesn't.
    pub const fn is_within(self, other: Self) -> bool {
        matches!(
            (self, other),
            (_, Self::All) | (Self::Nothing, _) | (Self::AssignedOrders, Self::AssignedOrders)
        )
    }
}

macro_rules! permissions {
    ($($variant:ident $name:literal $doc:literal),+ $(,)?) => {
        /// Something that may be done besides reading activity.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Permission {
            $(#[doc = $doc] $variant),+
        }

        impl Permission {
            /// Every permission, in the order of the roles page.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

permissions! {
    ReadOrders "read_orders" "Read orders and customers as such.",
    ReadMessages "read_messages" "Read messages and order threads: all of them, or those of assigned orders.",
    ReadSecrets "read_secrets" "Read what secret messages say, such as verification codes.",
    SendMessages "send_messages" "Send, stop and restart messages, as far as they may be read.",
    Export "export" "Take files out, of what may be read.",
    ExportAll "export_all" "See and download the exports of others.",
    ReadOperations "read_operations" "See bulk operations and their items.",
    Revert "revert" "Revert bulk operations and try jobs again.",
    ManageRules "manage_rules" "Change templates and follow-up rules.",
    ReadLedger "read_ledger" "See ledger numbers, proofs and size.",
    ReadSecurity "read_security" "Read the security log.",
    ReadRequests "read_requests" "Read the operations log.",
    Record "record" "Record activities, orders and customers (keys of programs).",
    Erase "erase" "Erase content, and hold it from being erased.",
    ManageRetention "manage_retention" "Say how long things are kept.",
    ManageUsers "manage_users" "See and change users below super admin.",
    ManageRoles "manage_roles" "Make, change and delete own roles.",
    ManageKeys "manage_keys" "Make and revoke API keys.",
    ManageSettings "manage_settings" "Change the store's name, zone and language.",
    ManageSample "manage_sample" "Load and remove the sample store.",
    ManageSuperAdmins "manage_super_admins" "See and change super admins too.",
    ManageWebhooks "manage_webhooks" "See what shops' webhooks delivered, and work off what failed.",
}

impl Permission {
    /// Those that an own role has by what it reads, and not by being given them.
    pub const BY_READING: [Self; 2] = [Self::ReadMessages, Self::ReadLedger];

    /// Those that open a page of the settings.
    pub const OF_SETTINGS: [Self; 5] = [
        Self::ManageSettings,
        Self::ManageUsers,
        Self::ManageKeys,
        Self::ManageRules,
        Self::ManageRetention,
    ];

    /// Whether doing it asks for a fresh proof of who sits there.
    pub const fn is_dangerous(self) -> bool {
        matches!(
            self,
            Self::Erase
                | Self::ManageRetention
                | Self::ManageUsers
                | Self::ManageRoles
                | Self::ManageKeys
                | Self::ManageSuperAdmins
        )
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Permission {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .iter()
            .copied()
            .find(|p| p.as_str() == text)
            .ok_or(())
    }
}

/// A set of permissions, one bit each. In JSON an array of names.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(into = "Vec<Permission>", from = "Vec<Permission>")]
pub struct PermissionSet(u32);

impl PermissionSet {
    /// The set without a member.
    pub const EMPTY: Self = Self(0);
    /// Everything.
    pub const ALL: Self = Self::of(Permission::ALL);

    /// The set of the permissions given.
    pub const fn of(permissions: &[Permission]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < permissions.len() {
            bits |= 1 << permissions[at] as u32;
            at += 1;
        }
        Self(bits)
    }

    /// The set without those given.
    pub const fn without(self, others: &[Permission]) -> Self {
        Self(self.0 & !Self::of(others).0)
    }

    /// Those given, as far as they are in it.
    #[must_use]
    pub const fn only(self, those: &[Permission]) -> Self {
        Self(self.0 & Self::of(those).0)
    }

    /// Whether `permission` is in the set.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    /// Whether each member is in `other`.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The members, in the order of the roles page.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .iter()
            .copied()
            .filter(move |p| self.contains(*p))
    }
}

impl From<PermissionSet> for Vec<Permission> {
    fn from(set: PermissionSet) -> Self {
        set.iter().collect()
    }
}

impl From<Vec<Permission>> for PermissionSet {
    fn from(permissions: Vec<Permission>) -> Self {
        Self::of(&permissions)
    }
}

/// What a page or an act asks of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// That it may do this.
    May(Permission),
    /// That it reads activities, be it some only.
    ReadActivity,
    /// That it opens a page of the settings.
    OpenSettings,
}

impl From<Permission> for Need {
    fn from(permission: Permission) -> Self {
        Self::May(permission)
    }
}

/// Everything that a role opens. What it says is all there is: nothing is open that it does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Access {
    /// Which activities it reads.
    pub activity: ActivityAccess,
    /// Which messages it reads.
    pub messages: MessageAccess,
    /// Whether personal data is hidden from it.
    pub is_masked: bool,
    /// What it may do.
    pub permissions: PermissionSet,
}

/// Why an access can't be that of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AccessFault {
    /// It has permissions that only roles that ship have.
    #[error("only roles that ship manage super admins and the sample store")]
    OnlyShipped,
    /// It hides personal data and opens a way to it.
    #[error("a role from which personal data is hidden can't {0}: that would show it")]
    ShowsMasked(Permission),
    /// It reads the categories of an empty list.
    #[error("at least one category of activities, all, or none")]
    NoCategory,
    /// It may do something with what it can't read.
    #[error("to {0}, the role has to read {1}")]
    NotReadable(Permission, &'static str),
}

impl Access {
    /// Opens nothing.
    pub const NOTHING: Self = Self {
        activity: ActivityAccess::Nothing,
        messages: MessageAccess::Nothing,
        is_masked: true,
        permissions: PermissionSet::EMPTY,
    };

    /// Whether what is hidden must not even be countable: opaque cursors, no seq, proof or size.
    pub const fn is_restricted(self) -> bool {
        !matches!(
            (self.activity, self.messages),
            (ActivityAccess::All, MessageAccess::All)
        )
    }

    /// Whether who has it has power over others' accounts, over what is kept, or over the settings that watch.
    pub fn is_powerful(self) -> bool {
        self.permissions
            .iter()
            .any(|p| p.is_dangerous() || p == Permission::ManageSettings)
    }

    /// Whether it has what a page or an act asks for.
    pub const fn has(self, need: Need) -> bool {
        match need {
            Need::May(permission) => self.permissions.contains(permission),
            Need::ReadActivity => match self.activity {
                ActivityAccess::Nothing => false,
                ActivityAccess::Categories(set) => !set.is_empty(),
                _ => true,
            },
            Need::OpenSettings => {
                self.permissions.0 & PermissionSet::of(&Permission::OF_SETTINGS).0 != 0
            }
        }
    }

    /// Whether it opens nothing that `other` doesn't: nobody gives more than they have.
    pub const fn is_within(self, other: Self) -> bool {
        self.activity.is_within(other.activity)
            && self.messages.is_within(other.messages)
            && (self.is_masked || !other.is_masked)
            && self.permissions.is_within(other.permissions)
    }

    /// The access of a key that is narrowed to some categories: what lies in others, and everything about
    /// people, settings and the logs that watch, is closed to it.
    #[must_use]
    pub fn narrowed(self, to: CategorySet) -> Self {
        use Permission as P;
        let activity = match self.activity {
            ActivityAccess::All => ActivityAccess::Categories(to),
            ActivityAccess::Categories(held) => {
                ActivityAccess::Categories(held.iter().filter(|c| to.contains(*c)).collect())
            }
            other => other,
        };
        let messages = if to.contains(Category::Messages) {
            self.messages
        } else {
            MessageAccess::Nothing
        };
        let mut keeps = vec![P::Record, P::Export];
        if to.contains(Category::Messages) {
            keeps.extend([P::ReadMessages, P::SendMessages, P::ReadSecrets]);
        }
        if to.contains(Category::Orders) && to.contains(Category::Customers) {
            keeps.push(P::ReadOrders);
        }
        let permissions = self.permissions.iter().filter(|p| keeps.contains(p));
        Self {
            activity,
            messages,
            is_masked: self.is_masked,
            permissions: permissions.collect::<Vec<_>>().into(),
        }
    }

    /// The access as an own role may have it: permissions that follow from what is read are set so.
    ///
    /// # Errors
    /// What contradicts itself.
    pub fn of_own_role(self) -> Result<Self, AccessFault> {
        use Permission as P;
        let has = |p: Permission| self.permissions.contains(p);
        if has(P::ManageSuperAdmins) || has(P::ManageSample) {
            return Err(AccessFault::OnlyShipped);
        }
        if self.activity == ActivityAccess::Categories(CategorySet::EMPTY) {
            return Err(AccessFault::NoCategory);
        }
        let reads_messages = self.messages != MessageAccess::Nothing;
        if self.is_masked {
            let showing = [
                P::SendMessages,
                P::ReadSecrets,
                P::ManageUsers,
                P::ManageKeys,
                P::ManageRoles,
                P::ManageRules,
                P::Record,
                P::ExportAll,
                P::ManageWebhooks,
            ];
            if let Some(shows) = showing.into_iter().find(|p| has(*p)) {
                return Err(AccessFault::ShowsMasked(shows));
            }
        }
        if !reads_messages
            && let Some(p) = [P::SendMessages, P::ReadSecrets]
                .into_iter()
                .find(|p| has(*p))
        {
            return Err(AccessFault::NotReadable(p, "messages"));
        }
        // Their pages tell of messages; files of orders and customers don't have to.
        if has(P::ReadOrders) && !reads_messages && !has(P::Export) {
            return Err(AccessFault::NotReadable(P::ReadOrders, "messages"));
        }
        let reads_a_log = self.activity != ActivityAccess::Nothing
            || reads_messages
            || has(P::ReadSecurity)
            || has(P::ReadRequests);
        if has(P::Export) && !reads_a_log {
            return Err(AccessFault::NotReadable(P::Export, "any log"));
        }
        let mut permissions = self.permissions.without(&P::BY_READING);
        if reads_messages {
            permissions.0 |= PermissionSet::of(&[P::ReadMessages]).0;
        }
        if !self.is_restricted() {
            permissions.0 |= PermissionSet::of(&[P::ReadLedger]).0;
        }
        Ok(Self {
            permissions,
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(permissions: &[Permission]) -> Access {
        Access {
            activity: ActivityAccess::All,
            messages: MessageAccess::Nothing,
            is_masked: false,
            permissions: PermissionSet::of(permissions),
        }
    }

    #[test]
    fn every_permission_has_a_bit_of_its_own_and_its_name() {
        assert!(Permission::ALL.len() <= 32);
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(*permission));
            let json = serde_json::to_value(permission).expect("json");
            assert_eq!(json, permission.as_str());
            let alone = PermissionSet::of(&[*permission]);
            assert_eq!(alone.iter().collect::<Vec<_>>(), [*permission]);
        }
    }

    #[test]
    fn an_own_role_can_t_contradict_itself() {
        let masked = Access {
            is_masked: true,
            ..own(&[Permission::ManageUsers])
        };
        assert_eq!(
            masked.of_own_role(),
            Err(AccessFault::ShowsMasked(Permission::ManageUsers))
        );
        assert_eq!(
            own(&[Permission::SendMessages]).of_own_role(),
            Err(AccessFault::NotReadable(
                Permission::SendMessages,
                "messages"
            ))
        );
        let orders = own(&[Permission::ReadOrders]);
        assert_eq!(
            orders.of_own_role(),
            Err(AccessFault::NotReadable(Permission::ReadOrders, "messages"))
        );
        let with_threads = Access {
            messages: MessageAccess::AssignedOrders,
            ..orders
        };
        assert!(with_threads.of_own_role().is_ok());
        let as_files = own(&[Permission::ReadOrders, Permission::Export]);
        assert!(as_files.of_own_role().is_ok());
        assert_eq!(
            own(&[Permission::ManageSuperAdmins]).of_own_role(),
            Err(AccessFault::OnlyShipped)
        );
        let empty = Access {
            activity: ActivityAccess::Categories(CategorySet::EMPTY),
            ..own(&[])
        };
        assert_eq!(empty.of_own_role(), Err(AccessFault::NoCategory));
    }

    #[test]
    fn what_follows_from_reading_is_set_and_nothing_else() {
        let fixed = own(&[Permission::ReadLedger, Permission::ReadMessages])
            .of_own_role()
            .expect("sound");
        // It reads no messages, so it is restricted and sees no ledger numbers.
        assert_eq!(fixed.permissions, PermissionSet::EMPTY);
        let whole = Access {
            messages: MessageAccess::All,
            ..own(&[])
        };
        let fixed = whole.of_own_role().expect("sound").permissions;
        assert!(fixed.contains(Permission::ReadLedger) && fixed.contains(Permission::ReadMessages));
    }

    #[test]
    fn a_narrowed_key_keeps_no_right_over_people_and_logs() {
        let all = Access {
            messages: MessageAccess::All,
            permissions: PermissionSet::ALL,
            ..own(&[])
        };
        let narrow = all.narrowed(CategorySet::of(&[Category::Products]));
        assert!(narrow.is_restricted() && narrow.is_within(all));
        let kept: Vec<_> = narrow.permissions.iter().collect();
        assert_eq!(kept, [Permission::Export, Permission::Record]);
        assert_eq!(narrow.messages, MessageAccess::Nothing);
    }

    #[test]
    fn of_the_roles_that_ship_super_admin_and_admin_are_powerful() {
        use crate::Role;
        for role in Role::ALL {
            let is_admin = matches!(role, Role::SuperAdmin | Role::Admin);
            assert_eq!(role.access().is_powerful(), is_admin, "{role}");
        }
        assert!(own(&[Permission::ManageSettings]).is_powerful());
        assert!(!own(&[Permission::Export, Permission::ReadSecurity]).is_powerful());
    }

    #[test]
    fn who_reads_no_activity_has_not_what_its_page_asks_for() {
        for activity in [
            ActivityAccess::All,
            ActivityAccess::Categories(CategorySet::of(&[Category::Products])),
            ActivityAccess::AssignedOrders,
            ActivityAccess::Categories(CategorySet::EMPTY),
            ActivityAccess::Nothing,
        ] {
            let access = Access {
                activity,
                ..own(&[Permission::ReadSecurity])
            };
            let reads_none = [
                ActivityAccess::Categories(CategorySet::EMPTY),
                ActivityAccess::Nothing,
            ];
            let reads = !reads_none.contains(&activity);
            assert_eq!(access.has(Need::ReadActivity), reads, "{activity:?}");
            assert!(access.has(Permission::ReadSecurity.into()));
            assert!(!access.has(Permission::ReadRequests.into()));
        }
    }

    #[test]
    fn the_settings_open_to_who_manages_any_of_them() {
        for permission in Permission::ALL {
            let opens = Permission::OF_SETTINGS.contains(permission);
            assert_eq!(
                own(&[*permission]).has(Need::OpenSettings),
                opens,
                "{permission}"
            );
        }
    }

    #[test]
    fn nobody_gives_more_than_they_have() {
        let some = |categories: &[Category]| Access {
            activity: ActivityAccess::Categories(CategorySet::of(categories)),
            ..own(&[])
        };
        let both = some(&[Category::Products, Category::Orders]);
        assert!(some(&[Category::Products]).is_within(both));
        assert!(!both.is_within(some(&[Category::Products])));
        assert!(!own(&[]).is_within(both));
        assert!(both.is_within(own(&[])));
        assert!(!own(&[Permission::Erase]).is_within(own(&[])));
        let masked = Access {
            is_masked: true,
            ..own(&[])
        };
        assert!(masked.is_within(own(&[])));
        assert!(!own(&[]).is_within(masked));
    }
}
