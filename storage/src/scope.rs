//! What one principal may read: the SQL condition and the in-memory predicate side by side.

use crate::key::KeyGrant;
use crate::live::Published;
use crate::log::row;
use crate::record::By;
use crate::sql::Sql;
use crate::{Caller, Session};
use domain::view::{ActivityRow, StoreView};
use domain::{
    Access, Action, ActivityAccess, Actor, ActorType, Category, CategorySet, Facts, Filter, KeyId,
    OwnRole, Permission, Problem, Role, StoreId, UserId, fold,
};

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
            role: Some(role.id()),
        }
    }
}

/// What one principal may read in one store. Can't be made otherwise than by the functions below.
#[derive(Debug, Clone)]
pub struct Scope {
    store: StoreView,
    principal: Principal,
    role: Role,
    /// A key's role before it was narrowed to its categories; everybody else's role.
    full_role: Role,
    /// What the role is called in records.
    role_word: String,
    caller: Caller,
    /// Who is recorded instead of the principal.
    behalf: Option<Actor>,
}

impl Scope {
    /// The scope of a signed-in person, in the store their session looks at. Who has yet to set up the second
    /// factor that their role asks for reads and does nothing here; their own account needs no scope.
    pub fn of_session(session: &Session) -> Self {
        let role = if session.must_enrol {
            Role::Own(OwnRole {
                number: 0,
                access: Access::NOTHING,
            })
        } else {
            session.role
        };
        Self {
            store: session.store.clone(),
            principal: Principal::User {
                id: session.user_id,
                name: session.name.clone(),
                email: session.email.clone(),
            },
            role,
            full_role: role,
            role_word: word_of(session.role, session.role_name.as_deref()),
            caller: Caller::default(),
            behalf: None,
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
            full_role: grant.full_role,
            role_word: grant.role_word.clone(),
            caller: Caller::default(),
            behalf: None,
        }
    }

    /// The scope of Storetrail itself: everything in one store. The reason says why; a search for this
    /// function finds every use.
    pub fn system(reason: &'static str, store: StoreView) -> Self {
        Self {
            store,
            principal: Principal::System(reason),
            role: Role::SuperAdmin,
            full_role: Role::SuperAdmin,
            role_word: Role::SuperAdmin.as_str().to_owned(),
            caller: Caller::default(),
            behalf: None,
        }
    }

    /// The scope of somebody who asked for work that is done later, with the role they have by then.
    pub(crate) fn of_requester(
        store: StoreView,
        principal: Principal,
        role: Role,
        role_word: String,
    ) -> Self {
        Self {
            store,
            principal,
            role,
            full_role: role,
            role_word,
            caller: Caller::default(),
            behalf: None,
        }
    }

    /// The same scope, of one call: what it records says where the call came from and which it was.
    #[must_use]
    pub fn at(self, caller: Caller) -> Self {
        Self { caller, ..self }
    }

    /// The same scope; what it records is done by `actor`, such as the rule that Storetrail follows.
    #[must_use]
    pub(crate) fn on_behalf_of(self, actor: Actor) -> Self {
        Self {
            behalf: Some(actor),
            ..self
        }
    }

    /// The call that it belongs to, as far as that is known.
    pub const fn caller(&self) -> &Caller {
        &self.caller
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

    /// The principal as an activity's actor, or on whose behalf it acts.
    pub fn actor(&self) -> Actor {
        if let Some(actor) = &self.behalf {
            return actor.clone();
        }
        let mut actor = self.principal.actor(self.role);
        if actor.role.is_some() {
            actor.role = Some(self.role_word.clone());
        }
        actor
    }

    /// The principal as idempotency keys are kept apart by.
    pub(crate) fn principal_key(&self) -> By {
        let principal = match &self.principal {
            Principal::User { id, .. } => format!("user {id} in {}", self.store.id.0),
            Principal::Key { id, .. } => format!("key {id}"),
            Principal::System(reason) => format!("system {reason} in {}", self.store.id.0),
        };
        By {
            principal,
            request_id: self.caller.request_id.clone(),
            held_to: self.held_to(),
        }
    }

    /// The categories that it is held to, if it is: a key that is narrowed to some, or a role that reads only some.
    pub(crate) const fn held_to(&self) -> Option<CategorySet> {
        match self.role.activity_access() {
            ActivityAccess::Categories(held) => Some(held),
            _ => None,
        }
    }

    /// That a scope which is held to some categories has this one among them.
    ///
    /// # Errors
    /// [`domain::Code::Forbidden`].
    pub(crate) fn require_category(&self, category: Category) -> Result<(), Problem> {
        if self.held_to().is_none_or(|held| held.contains(category)) {
            return Ok(());
        }
        let message = format!("this key is not for the category `{category}`");
        Err(Problem::new(domain::Code::Forbidden, message))
    }

    /// That it may record what concerns messages: who is held to some categories has to read messages for that.
    ///
    /// # Errors
    /// [`domain::Code::Forbidden`].
    pub(crate) fn require_recording_messages(&self) -> Result<(), Problem> {
        self.require(Permission::Record)?;
        if self.held_to().is_some() {
            self.require(Permission::ReadMessages)?;
        }
        Ok(())
    }

    /// That the role may do `what`.
    ///
    /// # Errors
    /// [`domain::Code::Forbidden`], naming who can change the role, or give another one where it ships and can't be changed;
    /// or that the key's categories are what stands in the way.
    pub fn require(&self, what: Permission) -> Result<(), Problem> {
        if self.role.may(what) {
            return Ok(());
        }
        let message = if self.is_closed_by_categories(what) {
            format!(
                "the key's categories don't allow this, though its role {} may; use a key that is not narrowed",
                self.role_word
            )
        } else {
            let way_out = match (self.full_role, &self.principal) {
                (Role::Own(own), _) if own.number > 0 => "an admin can change the role",
                (_, Principal::Key { .. }) => "it takes a key with another role",
                _ => "an admin can give you another one",
            };
            format!("the role {} may not do this; {way_out}", self.role_word)
        };
        Err(Problem::new(domain::Code::Forbidden, message))
    }

    /// Whether nothing but the categories of its key stands in the way of `what`: the key's role may do it.
    const fn is_closed_by_categories(&self, what: Permission) -> bool {
        self.full_role.may(what) && !self.role.may(what)
    }

    /// Why a call is refused that may need a permission, as the security log words it: `categories` where
    /// nothing but those of its key stand in the way, else `role`.
    pub fn denial(&self, needed: Option<Permission>) -> &'static str {
        if needed.is_some_and(|needed| self.is_closed_by_categories(needed)) {
            "categories"
        } else {
            "role"
        }
    }

    /// The email by which orders are assigned to this principal, folded; a key has none.
    pub(crate) fn assignee(&self) -> String {
        match &self.principal {
            Principal::User { email, .. } => fold(email),
            Principal::Key { .. } | Principal::System(_) => String::new(),
        }
    }

    // The read scope has two sides that must say the same. In SQL it is `allows_action` (over the store's
    // table of actions) and `push_condition`; in memory it is `allows`. `tests/storage/scope_agrees.rs`
    // compares them.

    /// Whether entries of this action can be in scope at all.
    pub(crate) fn allows_action(&self, action: &Action) -> bool {
        match self.role.activity_access() {
            ActivityAccess::All => true,
            ActivityAccess::Categories(held) => action.categories.is_within(held),
            ActivityAccess::AssignedOrders => action.name == "order.status_changed",
            ActivityAccess::Nothing => false,
        }
    }

    /// Whether a condition on each entry is needed besides its action.
    pub(crate) fn has_condition(&self) -> bool {
        matches!(self.role.activity_access(), ActivityAccess::AssignedOrders)
    }

    /// Appends the condition on one entry of table `a`.
    pub(crate) fn push_condition(&self, sql: &mut Sql) {
        if self.has_condition() {
            sql.push(
                "(a.subject_type = 'order' AND EXISTS (SELECT 1 FROM sales_order o WHERE o.store_id = a.store_id \
                 AND o.number = a.subject_id AND o.assigned_to = ",
            )
            .bind(self.assignee())
            .push("))");
        } else {
            sql.push("TRUE");
        }
    }

    fn allows(&self, published: &Published) -> bool {
        let activity = &published.facts.activity;
        published.store_id == self.store.id
            && self.allows_action(&activity.action)
            && (!self.has_condition()
                || (activity.subject.as_ref().is_some_and(|s| s.kind == "order")
                    && published.assigned_to.as_deref() == Some(self.assignee().as_str())))
    }

    /// The published record as this scope may see it, if at all.
    pub fn project(&self, published: &Published) -> Option<ActivityRow> {
        self.allows(published)
            .then(|| row::of_facts(self, &published.facts, published.activity_seq))
    }

    /// Whether scope and filter let the published record through.
    pub fn sees(&self, published: &Published, filter: &Filter) -> bool {
        self.allows(published) && filter.matches(&published.facts, self.role.is_masked())
    }

    /// Whether the scope lets the published record through, and the filter may have before its outcome changed.
    pub(crate) fn may_have_seen(&self, published: &Published, filter: &Filter) -> bool {
        self.allows(published) && filter.may_have_matched(&published.facts, self.role.is_masked())
    }

    /// Whether scope and filter let a record through that is at hand with its order's assignee: what live
    /// views ask, open to the test that compares it with the SQL side.
    pub fn lets_through(
        &self,
        facts: &Facts,
        store_id: StoreId,
        assigned_to: Option<&str>,
        filter: &Filter,
    ) -> bool {
        let published = Published::probe(facts, store_id, assigned_to);
        self.sees(&published, filter)
    }
}

/// A role as records name it: an own role by what people call it.
pub fn word_of(role: Role, own_name: Option<&str>) -> String {
    own_name.map_or_else(|| role.id(), str::to_owned)
}

// Messages: in SQL `push_message_condition`, in memory `sees_message`;
// `tests/storage/message_scope.rs` compares them.
impl Scope {
    /// Whether messages can be in scope at all.
    pub(crate) const fn reads_messages(&self) -> bool {
        self.role.may(Permission::ReadMessages)
    }

    /// Appends the condition on one message of table `m`.
    pub(crate) fn push_message_condition(&self, sql: &mut Sql) {
        if !self.reads_messages() {
            sql.push("FALSE");
        } else if self.role.reads_assigned_messages_only() {
            sql.push(
                "EXISTS (SELECT 1 FROM sales_order o WHERE o.store_id = m.store_id AND o.number = m.order_number \
                 AND o.assigned_to = ",
            )
            .bind(self.assignee())
            .push(")");
        } else {
            sql.push("TRUE");
        }
    }

    /// Whether a message of the store whose order is assigned to somebody is in scope.
    fn allows_message(&self, store_id: StoreId, assigned_to: Option<&str>) -> bool {
        store_id == self.store.id
            && self.reads_messages()
            && (!self.role.reads_assigned_messages_only()
                || assigned_to.is_some_and(|email| email == self.assignee()))
    }

    /// Whether scope and filter let a published message through.
    pub fn sees_message(
        &self,
        published: &crate::PublishedMessage,
        filter: &domain::message::MessageFilter,
    ) -> bool {
        self.allows_message(published.store_id, published.assigned_to.as_deref())
            && filter.matches(&published.facts, self.role.is_masked())
    }

    /// Whether the scope lets a published message through, and the filter may have before something became known of it.
    pub(crate) fn may_have_seen_message(
        &self,
        published: &crate::PublishedMessage,
        filter: &domain::message::MessageFilter,
    ) -> bool {
        self.allows_message(published.store_id, published.assigned_to.as_deref())
            && filter.may_have_matched(&published.facts, self.role.is_masked())
    }
}
