use domain::{Actor, ActorType, mask_actor};
use proptest::prelude::*;

fn actor(kind: ActorType, id: &str, name: &str, email: &str, role: &str) -> Actor {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Actor {
        kind,
        id: some(id),
        name: some(name),
        email: some(email),
        role: some(role),
    }
}

fn keys(actor: &Actor) -> (Vec<String>, Vec<String>) {
    let of = |is_personal: bool| {
        actor
            .keys()
            .into_iter()
            .filter(|key| key.is_personal == is_personal)
            .map(|key| key.text)
            .collect()
    };
    (of(false), of(true))
}

#[test]
fn a_colleague_is_found_by_name_and_id_and_by_address_unless_that_is_hidden() {
    let sara = actor(
        ActorType::User,
        "u_17",
        "Sara Nasser",
        "Sara.N@Store.example",
        "Manager",
    );
    let (open, personal) = keys(&sara);
    assert_eq!(
        open,
        [
            "nasser",
            "role:manager",
            "sara",
            "sara nasser",
            "u_17",
            "user"
        ]
    );
    assert_eq!(personal, ["sara.n", "sara.n@store.example"]);
}

#[test]
fn a_customer_is_found_by_type_alone_where_personal_data_is_hidden() {
    let noura = actor(
        ActorType::Customer,
        "c_9",
        "نورة العتيبي",
        "noura@mail.example",
        "vip",
    );
    let (open, personal) = keys(&noura);
    assert_eq!(open, ["customer", "role:vip"]);
    assert_eq!(personal.len(), 6);
    assert!(personal.contains(&"نوره".to_owned()));
}

#[test]
fn a_colleague_whose_id_or_name_is_an_address_is_not_given_away_by_it() {
    let by_id = actor(
        ActorType::User,
        "sara@store.example",
        "",
        "sara@store.example",
        "",
    );
    assert_eq!(keys(&by_id).0, ["user"]);
    let by_name = actor(ActorType::User, "u_1", "sara@store.example", "", "");
    assert_eq!(keys(&by_name).0, ["u_1", "user"]);
}

#[test]
fn no_other_key_can_be_taken_for_a_role() {
    let sly = actor(
        ActorType::User,
        "role:role:admin",
        "role:manager",
        "role:x@y.example",
        "",
    );
    assert!(sly.keys().iter().all(|key| !key.text.starts_with("role:")));
    assert!(sly.keys().iter().any(|key| key.text == "manager"));
}

#[test]
fn an_actor_is_called_by_the_best_that_is_known() {
    for (id, name, email, label) in [
        ("u_1", "Sara", "s@x.example", "Sara"),
        ("u_1", "", "s@x.example", "s@x.example"),
        ("u_1", "", "", "u_1"),
        ("", "", "", "api_key"),
    ] {
        assert_eq!(actor(ActorType::ApiKey, id, name, email, "").label(), label);
    }
    assert_eq!(Actor::system().label(), "system");
}

#[test]
fn an_actor_is_asked_for_by_the_surest_that_is_known_and_not_hidden() {
    for (id, name, email, key, masked) in [
        ("u_1", "Sara", "s@x.example", "u_1", Some("u_1")),
        ("", "Sara", "s@x.example", "s@x.example", Some("Sara")),
        ("", "Sara", "", "Sara", Some("Sara")),
        ("", "", "s@x.example", "s@x.example", None),
        ("", "", "", "user", Some("user")),
    ] {
        let actor = actor(ActorType::User, id, name, email, "");
        assert_eq!(actor.key(), Some(key));
        assert_eq!(mask_actor(&actor).key(), masked);
    }
    let noura = actor(ActorType::Customer, "c_9", "Noura", "", "");
    assert_eq!(mask_actor(&noura).key(), None);
}

#[test]
fn an_actor_types_name_reads_back() {
    for kind in ActorType::ALL {
        assert_eq!(kind.as_str().parse(), Ok(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
}

proptest! {
    #[test]
    fn keys_are_sorted_folded_not_empty_and_stand_once(id in ".{0,12}", name in ".{0,20}", email in ".{0,16}", role in ".{0,8}") {
        let keys = actor(ActorType::User, &id, &name, &email, &role).keys();
        prop_assert!(keys.windows(2).all(|pair| pair[0].text < pair[1].text));
        for key in keys {
            prop_assert!(!key.text.is_empty());
            let bare = key.text.strip_prefix("role:").unwrap_or(&key.text);
            let folded = domain::fold(bare);
            prop_assert_eq!(folded, bare);
        }
    }
}
