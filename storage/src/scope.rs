//! What one principal may read: the SQL condition and the in-memory predicate side by side.

use crate::Session;
use crate::key::KeyGrant;
use domain::view::{ActivityRow, StoreView};
use domain::{Actor, ActorType, KeyId, Permission, Problem, Role, StoreId, UserId};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A signed-in person.
    User {
        /// Who.
        id: UserId,
        /// Their name.
        name: String,
        /// Their address.
        email: String,
    },
    /// A program with a key.
    Key {
        /// Which key.
        id: KeyId,
        /// Its name.
        name: String,
    },
    /// Storetrail itself or its command line, for the reason given.
    System(&'static str),
}

impl Principal {
    /// The principal as an activity's actor.
    pub fn actor(&self, role: Role) -> Actor {
        let (kind, id, name, email) = match self {
            Self::User { id, name, email } => (
                ActorType::User,
                Some(id.to_string()),
                Some(name.clone()),
                Some(email.clone()),
            ),
            Self::Key { id, name } => (
                ActorType::ApiKey,
                Some(id.to_string()),
                Some(name.clone()),
                None,
            ),
            Self::System(_) => {
                return Actor {
                    name: Some("Storetrail".to_owned()),
                    ..Actor::system()
                };
            }
        };
        Actor {
            kind,
            id,
            name,
            email,
            role: Some(role.as_str().to_owned()),
        }
    }
}

/// What one principal may read in one store. Can't be made otherwise than by the three functions below.
#[derive(Debug, Clone)]
pub struct Scope {
    store: StoreView,
    principal: Principal,
    role: Role,
}

impl Scope {
    /// The scope of a signed-in person, in the store their session looks at.
    pub fn of_session(session: &Session) -> Self {
        Self {
            store: session.store.clone(),
            principal: Principal::User {
                id: session.user_id,
                name: session.name.clone(),
                email: session.email.clone(),
            },
            role: session.role,
        }
    }

    /// The scope of a program's key.
    pub fn of_api_key(grant: &KeyGrant) -> Self {
        Self {
            store: grant.store.clone(),
            principal: Principal::Key {
                id: grant.id,
                name: grant.name.clone(),
            },
            role: grant.role,
        }
    }

    /// The scope of Storetrail itself: everything in one store. The reason is logged; a search for this
    /// function finds every use.
    pub fn system(reason: &'static str, store: StoreView) -> Self {
        Self {
            store,
            principal: Principal::System(reason),
            role: Role::SuperAdmin,
        }
    }

    /// Who reads.
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// With which role.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// In which store.
    pub const fn store(&self) -> &StoreView {
        &self.store
    }

    /// In which store, by number.
    pub const fn store_id(&self) -> StoreId {
        self.store.id
    }

    /// The principal as an activity's actor.
    pub fn actor(&self) -> Actor {
        self.principal.actor(self.role)
    }

    /// That the role may do `what`.
    ///
    /// # Errors
    /// [`domain::Code::Forbidden`], naming who can change the role.
    pub fn require(&self, what: Permission) -> Result<(), Problem> {
        if self.role.may(what) {
            return Ok(());
        }
        Err(Problem::new(
            domain::Code::Forbidden,
            format!(
                "the role {} may not do this; an admin can change the role",
                self.role
            ),
        ))
    }

    /// The published record as this scope may see it, if at all: the in-memory side of the read scope.
    /// Does not apply a filter.
    pub fn project(&self, _published: &crate::Published) -> Option<ActivityRow> {
        todo!()
    }

    /// Whether scope and filter let the published record through.
    pub fn sees(&self, _published: &crate::Published, _filter: &domain::Filter) -> bool {
        todo!()
    }
}
