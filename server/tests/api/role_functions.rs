//! Who may call what of the pages' own server functions: each of them, as each role and as one that a store made. The table
//! is the text file beside this one: the permission that a function needs, `anyone` where it answers by what is seen or is
//! about the own account, `nobody` where not even a session is needed, and with what it is called. `?` stands for what is
//! not called: it loads a whole store, or is about a record that only its own tests have.

use crate::harness::{Answer, App, Call, PASSWORD, Person};
use crate::role_pages::{own_role, something};
use domain::{Direction, Permission, Role};
use std::collections::BTreeSet;
use storage::Page;

/// An id that nothing has.
const ID: &str = "01990000-0000-7000-8000-000000000000";

/// A line of the table.
struct Line {
    path: String,
    needs: &'static str,
    arguments: String,
}

/// The table, with what stands for things in its arguments: a name in capitals and what it means.
fn table(things: &[(&str, &str)]) -> Vec<Line> {
    let lines = include_str!("role_functions.txt").lines().skip(1);
    lines
        .map(|line| {
            let (function, rest) = line.split_once(' ').expect("a function and its need");
            let rest = rest.trim_start();
            let (needs, arguments) = rest.split_once(' ').unwrap_or((rest, ""));
            let arguments = arguments.trim_start().to_owned();
            Line {
                path: format!("/fn/{function}"),
                needs,
                arguments: things.iter().fold(arguments, |text, (name, meaning)| {
                    text.replace(name, meaning)
                }),
            }
        })
        .collect()
}

/// A call with the arguments of a line: JSON, or a form.
fn with<'a>(call: Call<'a>, arguments: &str) -> Call<'a> {
    if arguments.starts_with('{') {
        return call.body("application/json", arguments.to_owned());
    }
    let pairs = arguments.split('&').filter_map(|pair| pair.split_once('='));
    call.form(&pairs.collect::<Vec<_>>())
}

/// Whether a function said that the role may not.
fn is_forbidden(answer: &Answer) -> bool {
    answer.status == 403 && answer.json()["code"] == "forbidden"
}

/// Whether it was called with what it can't read, so that nobody got as far as what it needs.
fn is_unread(answer: &Answer) -> bool {
    let body = if answer.status == 422 {
        answer.json()
    } else {
        return false;
    };
    body["code"] == "invalid_fields" && body["fields"].as_array().is_none_or(Vec::is_empty)
}

/// Somebody of each role, and of one that the store made, who has just proved who they are.
async fn people(app: &App) -> Vec<(Role, Person)> {
    let mut people = Vec::new();
    for role in Role::ALL.into_iter().chain([own_role(app).await]) {
        let person = app.person(role).await;
        let prove = app.post("/fn/account/prove").person(&person);
        prove
            .form(&[("password", PASSWORD), ("code", "")])
            .send()
            .await
            .expect(200);
        people.push((role, person));
    }
    people
}

/// What is wrong with how a function answers the roles.
async fn faults(app: &App, people: &[(Role, Person)], line: &Line) -> Vec<String> {
    let mut faults = Vec::new();
    let (mut is_missing, mut hidden_from) = (false, Vec::new());
    for (role, person) in people {
        let call = app.post(&line.path).person(person);
        let answer = with(call, &line.arguments).send().await;
        let mut fault = |what: &str| {
            let (path, status, text) = (&line.path, answer.status, answer.text());
            faults.push(format!("{path} as {role} {what}: {status} {text}"));
        };
        if answer.status == 500 {
            fault("fails");
        }
        let Ok(permission) = line.needs.parse::<Permission>() else {
            if is_forbidden(&answer) {
                fault("refuses, whom the table lets in");
            }
            continue;
        };
        let is_proof = answer.status == 403 && answer.json()["code"] == "proof_required";
        if is_proof || is_unread(&answer) {
            fault("does not get as far as what it needs");
        } else if role.may(permission) {
            if is_forbidden(&answer) {
                fault("refuses, whom the table lets in");
            }
            is_missing |= *role == Role::SuperAdmin && answer.status == 404;
        } else if answer.status == 404 {
            hidden_from.push(role.to_string());
        } else if !is_forbidden(&answer) {
            fault("lets in, whom the table refuses");
        }
    }
    // What is not there for anybody says nothing about who may.
    if is_missing && !hidden_from.is_empty() {
        let hidden_from = hidden_from.join(", ");
        faults.push(format!(
            "{} is missing, not refused: {hidden_from}",
            line.path
        ));
    }
    faults
}

#[tokio::test]
async fn each_role_calls_of_each_server_function_what_the_table_says() {
    let app = App::start().await;
    something(&app).await;
    let people = people(&app).await;
    let scope = app.scope().await;
    let policy = app.storage.policy(&scope).await.unwrap();
    let filter = app.storage.message_filter(&scope, "").unwrap();
    let page = Page {
        after: None,
        direction: Direction::Newest,
        limit: 1,
    };
    let messages = app.storage.list_messages(&scope, &filter, page).await;
    let message = messages.unwrap().rows.remove(0).id.to_string();
    let user = app.person(Role::Staff).await.id.to_string();
    let table = table(&[
        ("POLICY", &serde_json::to_string(&policy).unwrap()),
        ("MESSAGE", &message),
        ("USER", &user),
        ("ID", ID),
    ]);
    let told: BTreeSet<&str> = table.iter().map(|line| line.path.as_str()).collect();
    let there: BTreeSet<&str> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path)
        .collect();
    assert_eq!(there, told, "each function has its line in the table");
    let mut faults = Vec::new();
    for line in table.iter().filter(|line| line.arguments != "?") {
        let is_known = ["anyone", "nobody"].contains(&line.needs);
        assert!(
            is_known || line.needs.parse::<Permission>().is_ok(),
            "{} needs {}, which is nothing",
            line.path,
            line.needs
        );
        faults.extend(self::faults(&app, &people, line).await);
        // Without a session only what the table says.
        let nobody = with(app.post(&line.path), &line.arguments).send().await;
        if (nobody.status == 401) == (line.needs == "nobody") {
            faults.push(format!("{} as nobody: {}", line.path, nobody.status));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
