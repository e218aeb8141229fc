//! The six roles that ship, own roles beside them, and what each opens. The one place that decides.

use crate::export::Source;
use crate::{
    Access, ActivityAccess, Category, CategorySet, MessageAccess, Need, Permission, PermissionSet,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a person or key may see and do in one store.
///
/// In JSON `"manager"`, or `{"own": {"number": 12, "access": {...}}}`. What a browser sends back of an own
/// role is never believed: storage looks its access up by the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    SuperAdmin,
    /// Everything but super admins.
    Admin,
    /// The store's work, without accounts, settings and erasure.
    Manager,
    /// Products and inventory.
    StoreKeeper,
    /// The orders assigned to them.
    Staff,
    /// All activity, personal data masked, nothing else.
    Auditor,
    /// A role that the store made itself.
    Own(OwnRole),
}

/// Which exports a role reads besides making them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExportAccess {
    /// Each one.
    All,
    /// Those of the person, of everybody whose role is neither super admin nor admin, and those that the shop made.
    Team,
    /// Those the person asked for.
    Own,
    /// None.
    None,
}

/// A role that a store made itself, as it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OwnRole {
    /// Its number in the store, from 1; never used again.
    pub number: u32,
    /// What it opens.
    pub access: Access,
}

impl Role {
    /// The roles that ship, most powerful first.
    pub const ALL: [Self; 6] = [
        Self::SuperAdmin,
        Self::Admin,
        Self::Manager,
        Self::StoreKeeper,
        Self::Staff,
        Self::Auditor,
    ];

    /// The kind of role in code, API and query language; `own` for each own role.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SuperAdmin => "super_admin",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::StoreKeeper => "store_keeper",
            Self::Staff => "staff",
            Self::Auditor => "auditor",
            Self::Own(_) => "own",
        }
    }

    /// The role's id within its store: `manager`, or `own_12`.
    pub fn id(self) -> String {
        match self {
            Self::Own(own) => format!("own_{}", own.number),
            shipped => shipped.as_str().to_owned(),
        }
    }

    /// The number of an own role's id.
    pub fn own_number(id: &str) -> Option<u32> {
        let digits = id.strip_prefix("own_")?;
        let number = digits.parse().ok().filter(|number| *number > 0)?;
        // One id, one writing: `own_012` is none.
        (format!("{number}") == digits).then_some(number)
    }

    /// What it opens.
    pub const fn access(self) -> Access {
        use Permission as P;
        let all = Access {
            activity: ActivityAccess::All,
            messages: MessageAccess::All,
            is_masked: false,
            permissions: PermissionSet::ALL,
        };
        match self {
            Self::SuperAdmin => all,
            Self::Admin => Access {
                permissions: PermissionSet::ALL.without(&[P::ManageSuperAdmins, P::ReadSecrets]),
                ..all
            },
            Self::Manager => Access {
                permissions: PermissionSet::of(&[
                    P::ReadOrders,
                    P::ReadMessages,
                    P::SendMessages,
                    P::Export,
                    P::ReadOperations,
                    P::Revert,
                    P::ManageRules,
                    P::ManageWebhooks,
                    P::ReadLedger,
                ]),
                ..all
            },
            Self::StoreKeeper => Access {
                activity: ActivityAccess::Categories(CategorySet::of(&[
                    Category::Products,
                    Category::Inventory,
                ])),
                messages: MessageAccess::Nothing,
                is_masked: false,
                permissions: PermissionSet::of(&[P::Export]),
            },
            Self::Staff => Access {
                activity: ActivityAccess::AssignedOrders,
                messages: MessageAccess::AssignedOrders,
                is_masked: false,
                permissions: PermissionSet::of(&[P::ReadMessages, P::SendMessages]),
            },
            Self::Auditor => Access {
                is_masked: true,
                permissions: PermissionSet::of(&[
                    P::ReadOrders,
                    P::ReadMessages,
                    P::Export,
                    P::ReadOperations,
                    P::ReadLedger,
                ]),
                ..all
            },
            Self::Own(own) => own.access,
        }
    }

    /// Which activities it reads.
    pub const fn activity_access(self) -> ActivityAccess {
        self.access().activity
    }

    /// Whether it reads messages of orders assigned to the person only.
    pub const fn reads_assigned_messages_only(self) -> bool {
        matches!(self.access().messages, MessageAccess::AssignedOrders)
    }

    /// Whether personal data is hidden from it.
    pub const fn is_masked(self) -> bool {
        self.access().is_masked
    }

    /// Whether what is hidden from it must not even be countable: opaque cursors, no seq, proof or size.
    pub const fn is_restricted(self) -> bool {
        self.access().is_restricted()
    }

    /// Whether what it sees depends on who the person is, besides the role.
    pub const fn is_personal(self) -> bool {
        let access = self.access();
        matches!(access.activity, ActivityAccess::AssignedOrders)
            || matches!(access.messages, MessageAccess::AssignedOrders)
    }

    /// Whether it may do `what`.
    pub const fn may(self, what: Permission) -> bool {
        self.access().permissions.contains(what)
    }

    /// Whether it has what a page or an act asks for.
    pub const fn has(self, need: Need) -> bool {
        self.access().has(need)
    }

    /// Whether the pages of customers open to it: they tell of messages too. Nothing leads there for other roles.
    pub const fn opens_customers(self) -> bool {
        self.may(Permission::ReadMessages) && self.may(Permission::ReadOrders)
    }

    /// Which exports it reads.
    pub const fn export_access(self) -> ExportAccess {
        match self {
            Self::Manager => ExportAccess::Team,
            _ if self.may(Permission::ExportAll) => ExportAccess::All,
            _ if self.may(Permission::Export) => ExportAccess::Own,
            _ => ExportAccess::None,
        }
    }

    /// Whether it sees every row, and every field of it, that a file of `source` built with the role `built`
    /// may hold. Never where what it sees depends on the person.
    pub fn covers(self, built: Self, source: Source) -> bool {
        !self.is_personal() && self.covers_own(built, source)
    }

    /// As [`Role::covers`] for who asked for the file: what depends on the person is what they see themselves.
    pub fn covers_own(self, built: Self, source: Source) -> bool {
        let (own, theirs) = (self.access(), built.access());
        let part = |access: Access| match source {
            Source::Activity => Access {
                messages: MessageAccess::Nothing,
                permissions: PermissionSet::EMPTY,
                ..access
            },
            Source::Messages => Access {
                activity: ActivityAccess::Nothing,
                permissions: access.permissions.only(&[Permission::ReadSecrets]),
                ..access
            },
            // They tell what happened to their orders, too.
            Source::Threads => Access {
                permissions: access.permissions.only(&[Permission::ReadSecrets]),
                ..access
            },
            // They tell how many messages there are, and which orders wait for an answer.
            Source::Orders => Access {
                activity: ActivityAccess::Nothing,
                permissions: access.permissions.only(&[Permission::ReadOrders]),
                ..access
            },
            Source::Customers => Access {
                activity: ActivityAccess::Nothing,
                messages: MessageAccess::Nothing,
                permissions: access.permissions.only(&[Permission::ReadOrders]),
                ..access
            },
            // Their numbers (ledger number, what a call caused) tell of all the other logs.
            Source::Security => Access {
                permissions: access.permissions.only(&[Permission::ReadSecurity]),
                ..access
            },
            Source::Requests => Access {
                permissions: access.permissions.only(&[Permission::ReadRequests]),
                ..access
            },
        };
        self.reads(source) && part(theirs).is_within(part(own))
    }

    /// Whether it reads entries of that log at all.
    pub const fn reads(self, source: Source) -> bool {
        match source {
            Source::Activity => self.has(Need::ReadActivity),
            Source::Messages | Source::Threads => self.may(Permission::ReadMessages),
            Source::Orders | Source::Customers => self.may(Permission::ReadOrders),
            Source::Security => self.may(Permission::ReadSecurity),
            Source::Requests => self.may(Permission::ReadRequests),
        }
    }

    /// Whether a person of this role may give, change or take away `other`: never more than they have
    /// themselves. The six that ship count as one ladder here: an admin gives each one but super admin.
    pub const fn may_assign(self, other: Self) -> bool {
        if !self.may(Permission::ManageUsers) {
            return false;
        }
        match (self, other) {
            (_, Self::SuperAdmin) => self.may(Permission::ManageSuperAdmins),
            (Self::SuperAdmin, _) => true,
            (Self::Admin, shipped) if !matches!(shipped, Self::Own(_)) => true,
            _ => other.access().is_within(self.access()),
        }
    }

    /// Whether a person of this role may make, change and end keys of the role `other`: who manages keys and no users
    /// gives no more than they have.
    pub const fn may_give_key(self, other: Self) -> bool {
        self.may(Permission::ManageKeys)
            && (self.may_assign(other)
                || (!matches!(other, Self::SuperAdmin) && other.access().is_within(self.access())))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(own) => write!(f, "own_{}", own.number),
            shipped => f.write_str(shipped.as_str()),
        }
    }
}

impl FromStr for Role {
    type Err = ();

    /// A role that ships; an own role is looked up by its id.
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|r| r.as_str() == text).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_six_roles_open_what_the_glossary_says() {
        let opened: Vec<String> = Role::ALL
            .iter()
            .map(|role| {
                let access = role.access();
                let can: Vec<&str> = access.permissions.iter().map(Permission::as_str).collect();
                format!(
                    "{role}: activity {:?}, messages {:?}, masked {}, restricted {}\n    {}",
                    access.activity,
                    access.messages,
                    access.is_masked,
                    role.is_restricted(),
                    can.join(" ")
                )
            })
            .collect();
        // Beside docs/glossary.md: whoever changes a role changes this, and sees what it means.
        let expected = include_str!("role_table.txt");
        assert_eq!(opened.join("\n"), expected.trim_end());
    }

    #[test]
    fn an_admin_gives_everything_but_super_admin_and_others_nothing() {
        for role in Role::ALL {
            assert!(Role::SuperAdmin.may_assign(role));
            assert_eq!(Role::Admin.may_assign(role), role != Role::SuperAdmin);
            assert!(!Role::Manager.may_assign(role));
        }
    }

    #[test]
    fn an_own_role_that_manages_users_gives_no_more_than_it_has() {
        let own = Role::Own(OwnRole {
            number: 3,
            access: Access {
                permissions: PermissionSet::of(&[
                    Permission::ManageUsers,
                    Permission::ReadMessages,
                ]),
                ..Role::Staff.access()
            },
        });
        assert!(!own.may_assign(Role::Staff), "staff sends messages");
        assert!(!own.may_assign(Role::Manager) && !own.may_assign(Role::SuperAdmin));
        assert!(own.may_assign(own));
    }

    #[test]
    fn an_admin_gives_no_own_role_that_has_more_than_they_have() {
        let own = |permissions: &[Permission]| {
            Role::Own(OwnRole {
                number: 1,
                access: Access {
                    permissions: PermissionSet::of(permissions),
                    ..Role::Manager.access()
                },
            })
        };
        let secret = own(&[Permission::ReadMessages, Permission::ReadSecrets]);
        assert!(Role::SuperAdmin.may_assign(secret));
        assert!(!Role::Admin.may_assign(secret));
        assert!(Role::Admin.may_assign(own(&[Permission::ReadMessages])));
    }

    #[test]
    fn who_manages_keys_and_no_users_gives_keys_what_they_have_and_no_more() {
        let own = |permissions: &[Permission]| {
            Role::Own(OwnRole {
                number: 1,
                access: Access {
                    permissions: PermissionSet::of(permissions),
                    ..Role::StoreKeeper.access()
                },
            })
        };
        let keys = own(&[Permission::Export, Permission::ManageKeys]);
        assert!(keys.may_give_key(Role::StoreKeeper) && keys.may_give_key(keys));
        assert!(!keys.may_assign(Role::StoreKeeper));
        for more in [Role::SuperAdmin, Role::Admin, Role::Manager, Role::Auditor] {
            assert!(!keys.may_give_key(more), "{more}");
        }
        let people = own(&[Permission::Export, Permission::ManageUsers]);
        assert!(people.may_assign(Role::StoreKeeper));
        assert!(!people.may_give_key(Role::StoreKeeper));
        for role in Role::ALL {
            assert!(Role::SuperAdmin.may_give_key(role));
            assert_eq!(Role::Admin.may_give_key(role), role != Role::SuperAdmin);
            assert!(!Role::Manager.may_give_key(role));
        }
    }

    #[test]
    fn the_pages_of_customers_open_to_who_reads_them_and_messages() {
        let opens = Role::ALL.into_iter().filter(|role| role.opens_customers());
        let opens: Vec<&str> = opens.map(Role::as_str).collect();
        assert_eq!(opens, ["super_admin", "admin", "manager", "auditor"]);
        let orders = Role::Own(OwnRole {
            number: 1,
            access: Access {
                permissions: PermissionSet::of(&[Permission::ReadOrders]),
                ..Access::NOTHING
            },
        });
        assert!(!orders.opens_customers());
    }

    #[test]
    fn an_own_role_is_named_by_its_number() {
        let own = Role::Own(OwnRole {
            number: 12,
            access: Role::Auditor.access(),
        });
        assert_eq!(own.id(), "own_12");
        assert_eq!(Role::own_number("own_12"), Some(12));
        for wrong in [
            "own_",
            "own_0",
            "own_012",
            "own_-1",
            "manager",
            "own_4294967296",
        ] {
            assert_eq!(Role::own_number(wrong), None, "{wrong}");
        }
        let json = serde_json::to_string(&own).expect("json");
        assert_eq!(serde_json::from_str::<Role>(&json).expect("read"), own);
        assert_eq!(
            serde_json::to_string(&Role::StoreKeeper).expect("json"),
            "\"store_keeper\""
        );
    }
}
