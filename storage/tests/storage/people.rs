//! People with roles, signed in.

use crate::harness::Case;
use domain::view::NewKey;
use domain::{OrderUpsert, Role, UserId};
use storage::record::Record;
use storage::{Caller, KeyAccess, KeyGrant, NewUser, Scope, Session, Storage};

/// Somebody signed in.
pub struct Member {
    pub id: UserId,
    pub token: String,
    pub session: Session,
    pub scope: Scope,
}

pub fn new_user(name: &str) -> NewUser {
    NewUser {
        name: name.to_owned(),
        email: email_of(name),
        password_hash: Some(format!("$argon2id${name}")),
    }
}

pub fn email_of(name: &str) -> String {
    format!(
        "{}@maisonnoor.example",
        name.to_lowercase().replace(' ', ".")
    )
}

/// A key without bounds.
pub fn new_key(name: &str, role: Role) -> NewKey {
    NewKey {
        name: name.to_owned(),
        role,
        categories: None,
        networks: Vec::new(),
        expires_at: None,
    }
}

/// What a secret opens by another handle to the database.
pub async fn granted_by(storage: &Storage, secret: &str) -> Option<KeyGrant> {
    let access = storage.key_grant(secret, &Caller::default()).await;
    match access.expect("looked up") {
        KeyAccess::Granted(grant) => Some(grant),
        _ => None,
    }
}

impl Case {
    /// Adds somebody with a role to the store and signs them in.
    pub async fn member(&self, name: &str, role: Role) -> Member {
        let id = self
            .storage
            .add_user(&self.scope(), new_user(name), role)
            .await
            .expect("added");
        self.signed_in(id).await
    }

    /// One person of each role, in the order of [`Role::ALL`].
    pub async fn one_of_each_role(&self) -> Vec<Member> {
        let mut members = Vec::new();
        for role in Role::ALL {
            members.push(self.member(&format!("The {role}"), role).await);
        }
        members
    }

    /// Signs somebody in.
    pub async fn signed_in(&self, id: UserId) -> Member {
        let ip = "198.51.100.9".parse().expect("an address");
        let token = self
            .storage
            .start_session(id, Some(ip), Some("Firefox"))
            .await
            .expect("a session");
        let session = self.session(&token).await.expect("a valid session");
        Member {
            id,
            token,
            scope: Scope::of_session(&session),
            session,
        }
    }

    pub async fn session(&self, token: &str) -> Option<Session> {
        self.storage.session(token).await.expect("looked up")
    }

    /// A key's secret and what it opens.
    pub async fn key(&self, role: Role) -> (String, KeyGrant) {
        let (_, secret) = self
            .storage
            .create_key(&self.scope(), new_key(&format!("key of {role}"), role))
            .await
            .expect("a key");
        let grant = self.granted(&secret).await;
        (secret, grant.expect("a valid key"))
    }

    /// What a secret opens from nowhere in particular.
    pub async fn granted(&self, secret: &str) -> Option<KeyGrant> {
        granted_by(&self.storage, secret).await
    }

    /// Says to whom an order is assigned.
    pub async fn assign(&self, number: &str, to: Option<&str>) {
        let order = OrderUpsert {
            customer_id: None,
            status: Some("processing".to_owned()),
            total: None,
            currency: None,
            placed_at: None,
            assigned_to: to.map(str::to_owned),
            items: Vec::new(),
        };
        let record = Record::Order {
            number: number.to_owned(),
            order,
        };
        self.storage
            .recorder()
            .record(&self.scope(), vec![record], None)
            .await
            .expect("recorded");
    }
}
