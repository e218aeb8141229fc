//! Who may open what: every page and every live topic, as each role, as one that a store made, and as nobody. The tables
//! are the text files beside this one; calls of the API have theirs in `v1_permission`,
//! the pages' own server functions in `role_functions`.

use crate::harness::{Answer, App, PASSWORD, Person};
use crate::shop_kit::dead_webhook;
use crate::v1_calls::{RULE, TEMPLATE, rule, template};
use domain::view::RoleInput;
use domain::{
    Access, ActivityAccess, Category, CategorySet, MessageAccess, Permission, PermissionSet, Role,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What names a page's address in the program: a page that is added has to be in the table.
const ROUTES: &str = include_str!("../../../app/src/app.rs");

/// What a live topic is called where the server tells them apart.
const TOPICS: &str = include_str!("../../src/live/topic.rs");

/// Who is on no page that is closed.
const CUSTOMER: &str = "Noura Al-Otaibi";

/// What each role gets, by page or topic and role.
type Table = BTreeMap<(String, String), String>;

/// A table as its file has it: the roles above, the pages or topics at the left.
fn table(text: &str) -> Table {
    let mut lines = text
        .lines()
        .map(|line| line.split_whitespace().map(str::to_owned));
    let roles: Vec<String> = lines.next().expect("the roles").skip(1).collect();
    let mut table = Table::new();
    for mut line in lines {
        let row = line.next().expect("a page or a topic");
        for (role, word) in roles.iter().zip(line) {
            table.insert((row.clone(), role.clone()), word);
        }
    }
    table
}

/// That what was found is what the table says, all of it.
#[track_caller]
fn assert_same(found: &Table, told: &Table) {
    let cells: BTreeSet<_> = found.keys().chain(told.keys()).collect();
    let wrong: Vec<String> = cells
        .into_iter()
        .filter(|cell| found.get(*cell) != told.get(*cell))
        .map(|cell| {
            let (found, told) = (found.get(cell), told.get(cell));
            format!(
                "{} as {}: {found:?}, the table says {told:?}",
                cell.0, cell.1
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The addresses of all pages, as the router has them.
fn pages() -> BTreeSet<String> {
    let paths = ROUTES.split("path!(\"").skip(1);
    let paths = paths.filter_map(|rest| Some(rest.split_once('"')?.0));
    paths
        .map(|path| if path.is_empty() { "/" } else { path }.to_owned())
        .collect()
}

/// The topics that the head of `topic.rs` names.
fn topics() -> BTreeSet<String> {
    let head: Vec<&str> = TOPICS
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .collect();
    let head = head.join(" ");
    head.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// A role that the store made: it reads products and the security log, and exports.
pub async fn own_role(app: &App) -> Role {
    let scope = app.scope().await;
    let input = RoleInput {
        name: "Desk".to_owned(),
        description: String::new(),
        access: Access {
            activity: ActivityAccess::Categories(CategorySet::of(&[Category::Products])),
            messages: MessageAccess::Nothing,
            is_masked: false,
            permissions: PermissionSet::of(&[Permission::Export, Permission::ReadSecurity]),
        },
    };
    let made = app.storage.put_role(&scope, None, input).await.unwrap();
    app.storage.role_of_id(&scope, &made.id).await.unwrap()
}

/// Somebody of each role, and of one that the store made.
async fn people(app: &App) -> BTreeMap<String, Person> {
    let mut people = BTreeMap::new();
    for role in Role::ALL.into_iter().chain([own_role(app).await]) {
        people.insert(role.as_str().to_owned(), app.person(role).await);
    }
    people
}

/// An entry, an order with its customer and a message, an operation, a rule and a webhook, so that each page has
/// something to hide; gives the webhook.
pub async fn something(app: &App) -> String {
    let key = app.key(Role::Admin).await;
    let message = json!({"channel": "email", "to": "noura@mail.example", "subject": "Hello", "text": "x",
        "order": "1042", "record_only": true});
    let put = |path: &str| app.put(&format!("/api/v1{path}"));
    let post = |path: &str| app.post(&format!("/api/v1{path}"));
    for call in [
        post("/activities").json(&json!({"action": "product.updated"})),
        put("/customers/c_77").json(&json!({"name": CUSTOMER})),
        put("/orders/1042").json(&json!({"customer_id": "c_77"})),
        post("/messages").json(&message),
        post("/operations").json(&json!({"id": "op_1", "name": "Sale"})),
        put(TEMPLATE).json(&template()),
        put(RULE).json(&rule()),
    ] {
        let answer = call.key(&key).send().await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }
    dead_webhook(&app.storage, &app.scope().await).await
}

/// Where a page is, with what [`something`] made.
fn address(page: &str, webhook: &str) -> String {
    match page {
        "/orders/:number" => "/orders/1042".to_owned(),
        "/operations/:id" => "/operations/op_1".to_owned(),
        "/customers/:id" => "/customers/c_77".to_owned(),
        "/settings/rules/:id" => format!("/settings{RULE}"),
        "/webhooks/:id" => format!("/webhooks/{webhook}"),
        page => {
            assert!(!page.contains(':'), "{page} wants an example here");
            page.to_owned()
        }
    }
}

/// What a page did, in a word; where it led to, if it did.
fn outcome(answer: &Answer) -> String {
    match answer.status.as_u16() {
        200 => "opens".to_owned(),
        403 => "refused".to_owned(),
        404 => "missing".to_owned(),
        302 | 303 => {
            let place = answer.header("location");
            let path = place.split_once('?').map_or(place, |(path, _)| path);
            format!("to:{path}")
        }
        other => other.to_string(),
    }
}

#[tokio::test]
async fn each_role_gets_at_each_page_what_the_table_says() {
    let app = App::start().await;
    let webhook = something(&app).await;
    let people = people(&app).await;
    let mut found = Table::new();
    for page in pages() {
        let address = address(&page, &webhook);
        let open = || app.get(&address).header("accept", "text/html");
        for (role, person) in &people {
            let answer = open().person(person).send().await;
            let (outcome, html) = (outcome(&answer), answer.text());
            if outcome == "refused" {
                let told = html.contains("Your role does not include");
                assert!(told, "{role} is told why at {page}");
            }
            if outcome == "refused" || outcome == "missing" {
                assert!(!html.contains(CUSTOMER), "{role} at {page}");
            }
            found.insert((page.clone(), role.clone()), outcome);
        }
        let nobody = open().send().await;
        found.insert((page, "nobody".to_owned()), outcome(&nobody));
    }
    assert_same(&found, &table(include_str!("role_pages.txt")));
}

#[tokio::test]
async fn each_role_gets_at_each_live_topic_what_the_table_says() {
    let app = App::start().await;
    something(&app).await;
    let people = people(&app).await;
    let mut found = Table::new();
    for topic in topics() {
        let follow = json!({"type": "follow", "topic": topic.replace("{number}", "1042"), "q": "", "mark": null});
        for (role, person) in &people {
            let mut socket = app.socket(person).await;
            socket.say(&follow).await;
            let heard = socket.hear().await;
            found.insert((topic.clone(), role.clone()), word(&heard));
        }
        let (status, body) = app.try_socket(&[]).await.err().unwrap();
        assert_eq!(status, 401);
        let code = body["code"].as_str().unwrap().to_owned();
        found.insert((topic, "nobody".to_owned()), code);
    }
    assert_same(&found, &table(include_str!("role_topics.txt")));
}

/// `hello`, or the code of the refusal.
fn word(heard: &Value) -> String {
    let code = heard["problem"]["code"].as_str();
    code.or(heard["type"].as_str())
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn a_role_that_makes_keys_opens_the_page_on_which_shops_are_connected() {
    let app = App::start().await;
    let scope = app.scope().await;
    let name = "wool-of-the-north";
    let seal = |_| Vec::new();
    let platform = domain::hook::Platform::Shopify;
    let made = app.storage.save_connection(&scope, platform, name, &seal);
    made.await.unwrap();
    for (permission, status) in [
        (Permission::ManageKeys, 200),
        (Permission::ReadSecurity, 403),
    ] {
        let input = RoleInput {
            name: format!("Desk {status}"),
            description: String::new(),
            access: Access {
                is_masked: false,
                permissions: PermissionSet::of(&[permission]),
                ..Access::NOTHING
            },
        };
        let made = app.storage.put_role(&scope, None, input).await.unwrap();
        let role = app.storage.role_of_id(&scope, &made.id).await.unwrap();
        let person = app.person(role).await;
        let open = app.get("/connect").header("accept", "text/html");
        let html = open.person(&person).send().await.expect(status).text();
        assert_eq!(html.contains(name), status == 200, "{status}");
        if status == 403 {
            assert!(html.contains("Your role does not include"));
            assert!(html.contains("Your role: Desk 403."), "{html}");
        }
    }
}

#[tokio::test]
async fn who_takes_customers_out_and_reads_no_messages_is_shown_none_on_a_page() {
    let app = App::start().await;
    something(&app).await;
    let scope = app.scope().await;
    let input = RoleInput {
        name: "Files".to_owned(),
        description: String::new(),
        access: Access {
            activity: ActivityAccess::Categories(CategorySet::of(&[Category::Products])),
            messages: MessageAccess::Nothing,
            is_masked: false,
            permissions: PermissionSet::of(&[Permission::Export, Permission::ReadOrders]),
        },
    };
    let made = app.storage.put_role(&scope, None, input).await.unwrap();
    let role = app.storage.role_of_id(&scope, &made.id).await.unwrap();
    let person = app.person(role).await;
    let page = app.get("/customers/c_77").header("accept", "text/html");
    let read = app.post("/fn/customers/page").form(&[("id", "c_77")]);
    let find = app.post("/fn/find/all").form(&[("words", "noura")]);
    for (call, status) in [(page, 403), (read, 200), (find, 200)] {
        let text = call.person(&person).send().await.expect(status).text();
        assert!(!text.contains(CUSTOMER), "{text}");
    }
}

#[tokio::test]
async fn a_role_without_activity_begins_at_the_first_page_that_it_opens() {
    let app = App::start().await;
    let scope = app.scope().await;
    let make = async |name: &str, activity: ActivityAccess, permissions: &[Permission]| {
        let input = RoleInput {
            name: name.to_owned(),
            description: String::new(),
            access: Access {
                activity,
                is_masked: false,
                permissions: PermissionSet::of(permissions),
                ..Access::NOTHING
            },
        };
        let made = app.storage.put_role(&scope, None, input).await.unwrap();
        app.storage.role_of_id(&scope, &made.id).await.unwrap()
    };
    let nothing = ActivityAccess::Nothing;
    let products = ActivityAccess::Categories(CategorySet::of(&[Category::Products]));
    make("Fabrics & wool", products, &[]).await;
    for (role, place) in [
        (
            make("Watch", nothing, &[Permission::ReadSecurity]).await,
            "/security",
        ),
        (
            make("People", nothing, &[Permission::ManageUsers]).await,
            "/settings",
        ),
        (make("Guest", nothing, &[]).await, "/account"),
    ] {
        let (_, email) = app.user(role).await;
        let form = [("email", email.as_str()), ("password", PASSWORD)];
        let answer = app.post("/sign-in").form(&form).send().await;
        assert_eq!(answer.expect_see_other(), "/", "{place}");
        let person = app.person(role).await;
        let open = async |path: &str| {
            let call = app.get(path).header("accept", "text/html");
            call.person(&person).send().await
        };
        assert_eq!(outcome(&open("/").await), format!("to:{place}"));
        let html = open("/activity").await.expect(403).text();
        assert!(html.contains("Your role does not include “Activity”"));
        // Own roles are told as the store calls them, beside those that ship.
        assert!(
            html.contains("Store keeper, Staff, Auditor, Fabrics &amp; wool."),
            "{html}"
        );
        let lost = open("/nowhere").await.expect(404).text();
        let account = open("/account").await.expect(200).text();
        for html in [html, lost, account] {
            assert!(!html.contains(r#"href="/activity""#), "{html}");
            assert!(!html.contains("/activity?q="), "{html}");
        }
    }
}
