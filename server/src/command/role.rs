//! `--role`, and what roles are called on the command line.

use super::store::StoreChoice;
use anyhow::Context as _;
use domain::view::RoleView;
use domain::{Role, fold};
use storage::{Scope, Storage};

/// `--role`, for commands that give one.
#[derive(clap::Args)]
pub(super) struct RoleChoice {
    /// super_admin, admin, manager, store_keeper, staff, auditor, or the name of an own role of the store
    #[arg(long)]
    role: String,
}

/// The role that was chosen.
pub(super) struct Chosen {
    /// The role.
    pub(super) role: Role,
    /// What people call it.
    pub(super) word: String,
}

impl RoleChoice {
    /// The role in the scope's store: of that name or id.
    ///
    /// # Errors
    /// When there is none, in words that name all roles.
    pub(super) async fn of(&self, storage: &Storage, scope: &Scope) -> anyhow::Result<Chosen> {
        let known = storage.list_roles(scope).await?;
        let found = choose(&known, &self.role)?;
        Ok(Chosen {
            role: storage.role_of_id(scope, &found.id).await?,
            word: called(found).to_owned(),
        })
    }

    /// Scope and role, for what can be the first step of all ([`StoreChoice::scope_or_first`]): a role that doesn't ship is
    /// one of a store that is there, and none is made for it.
    ///
    /// # Errors
    /// When there is no such store or role, or the store's name isn't usable.
    pub(super) async fn with_scope(
        &self,
        storage: &Storage,
        store: &StoreChoice,
    ) -> anyhow::Result<(Scope, Chosen)> {
        let scope = if self.role.parse::<Role>().is_ok() {
            store.scope_or_first(storage).await?
        } else {
            store.scope(storage).await?
        };
        let role = self.of(storage, &scope).await?;
        Ok((scope, role))
    }
}

fn choose<'r>(known: &'r [RoleView], wanted: &str) -> anyhow::Result<&'r RoleView> {
    let folded = fold(wanted);
    known
        .iter()
        .find(|role| role.id == wanted)
        .or_else(|| known.iter().find(|role| fold(called(role)) == folded))
        .with_context(|| {
            let names: Vec<_> = known.iter().map(called).collect();
            format!(
                "there is no role `{wanted}`; the roles are {}",
                names.join(", ")
            )
        })
}

/// What people call a role.
fn called(role: &RoleView) -> &str {
    if role.is_shipped {
        &role.id
    } else {
        &role.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(id: &str, name: &str, is_shipped: bool) -> RoleView {
        RoleView {
            id: id.to_owned(),
            name: name.to_owned(),
            description: String::new(),
            is_shipped,
            access: Role::Auditor.access(),
            users: 0,
            keys: 0,
            requires_second_factor: false,
        }
    }

    #[test]
    fn a_role_is_found_by_id_or_name_and_one_that_is_none_is_answered_with_all_that_are() {
        let known = [
            view("store_keeper", "", true),
            view("own_2", "Front desk", false),
        ];
        let found = |wanted| {
            choose(&known, wanted)
                .map(|role| role.id.as_str())
                .map_err(|error| error.to_string())
        };
        assert_eq!(found("store_keeper"), Ok("store_keeper"));
        assert_eq!(found("own_2"), Ok("own_2"));
        assert_eq!(found("front desk"), Ok("own_2"));
        for wrong in ["boss", "", "own_3"] {
            let told =
                format!("there is no role `{wrong}`; the roles are store_keeper, Front desk");
            assert_eq!(found(wrong), Err(told));
        }
    }
}
