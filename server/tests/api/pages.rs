//! Pages as they leave the server.

use crate::harness::{Answer, App};
use crate::v1_schema::{Document, operations};
use domain::Role;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

fn nonce(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy");
    let (_, rest) = policy
        .split_once("'nonce-")
        .unwrap_or_else(|| panic!("{policy}"));
    rest.split_once('\'').unwrap().0.to_owned()
}

#[tokio::test]
async fn every_inline_script_of_a_page_carries_the_answers_own_nonce() {
    let app = App::start().await;
    let person = app.person(Role::SuperAdmin).await;
    let mut nonces = Vec::new();
    for path in [
        "/sign-in",
        "/setup",
        "/activity",
        "/settings/users",
        "/nowhere",
    ] {
        let answer = app.get(path).person(&person).send().await;
        let nonce = nonce(&answer);
        let html = answer.text();
        let scripts: Vec<_> = html
            .match_indices("<script")
            .map(|(at, _)| &html[at..])
            .collect();
        assert!(!scripts.is_empty(), "{path}");
        for script in scripts {
            let tag = script.split_once('>').unwrap().0;
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{path}: {tag}");
        }
        assert!(!html.contains(" onclick="), "{path}");
        nonces.push(nonce);
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 5, "each answer has its own");
}

#[tokio::test]
async fn the_policy_of_a_page_allows_what_it_needs_and_no_more() {
    let app = App::start().await;
    let answer = app.get("/sign-in").send().await.expect(200);
    let policy = answer
        .header("content-security-policy")
        .replace(&nonce(&answer), "N");
    insta::assert_snapshot!(policy.replace("; ", ";\n"), @r"
    default-src 'none';
    script-src 'self' 'nonce-N' 'wasm-unsafe-eval';
    style-src 'self' 'nonce-N';
    style-src-attr 'unsafe-inline';
    img-src 'self' data:;
    font-src 'self';
    connect-src 'self';
    frame-src 'self';
    manifest-src 'self';
    object-src 'none';
    base-uri 'none';
    form-action 'self';
    frame-ancestors 'none'
    ");
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
}

#[tokio::test]
async fn a_page_that_is_not_there_is_the_apps_own() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    for call in [app.get("/nowhere"), app.get("/nowhere").person(&person)] {
        let answer = call.send().await.expect(404);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert!(answer.text().contains("<h1"), "{}", answer.text());
    }
}

#[tokio::test]
async fn pages_are_compressed_on_their_way() {
    let app = App::start().await;
    for (accepted, coding) in [("gzip, br", "br"), ("gzip", "gzip"), ("identity", "")] {
        let answer = app
            .get("/sign-in")
            .header("accept-encoding", accepted)
            .send()
            .await;
        assert_eq!(answer.header("content-encoding"), coding);
    }
}

#[tokio::test]
async fn no_page_tells_a_token_or_a_password() {
    let app = App::start().await;
    let person = app.person(Role::SuperAdmin).await;
    for path in ["/activity", "/settings/users", "/settings/keys"] {
        let html = app
            .get(path)
            .person(&person)
            .send()
            .await
            .expect(200)
            .text();
        assert!(!html.contains(&person.token), "{path}");
        assert!(!html.contains("argon2"), "{path}");
    }
}

#[tokio::test]
async fn the_page_of_the_api_needs_nothing_from_elsewhere() {
    let app = App::start().await;
    let answer = app.get("/api/docs").send().await.expect(200);
    let (page, headers) = (answer.text(), answer.headers);
    assert!(
        headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    for forbidden in [
        "<script",
        "style=",
        "<style",
        "src=",
        "{ORIGIN}",
        "{CODES}",
        "{QUALIFIERS}",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    for (id, _) in operations(&Document::get().json) {
        assert!(page.contains(&format!("id=\"{id}\"")), "{id} has a section");
    }
    let anchors: Vec<&str> = page
        .split("href=\"#")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(anchors.len() > 50);
    for anchor in anchors {
        let has = [
            format!("id=\"{anchor}\""),
            format!("id={anchor}>"),
            format!("id={anchor} "),
        ];
        assert!(
            has.iter().any(|id| page.contains(id)),
            "#{anchor} leads somewhere"
        );
    }
    let answer = app.get("/api/docs/docs.css").send().await.expect(200);
    let (sheet, headers) = (answer.text(), answer.headers);
    assert!(
        headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/css")
    );
    assert!(sheet.contains("--surface"));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_wrong_field_of_a_server_function() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    // The second chunk has no length that could be read.
    let call = format!(
        "POST /fn/messages/facets HTTP/1.1\r\nhost: x\r\ncookie: {}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         transfer-encoding: chunked\r\nconnection: close\r\n\r\n2\r\nq=\r\nz\r\n",
        person.cookie()
    );
    stream.write_all(call.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let reading = stream.read_to_string(&mut answer);
    let read = timeout(Duration::from_secs(20), reading).await;
    read.expect("an answer within 20 seconds").unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains(r#""code":"malformed_json""#), "{answer}");
    assert!(answer.contains("the connection broke"), "{answer}");
}
