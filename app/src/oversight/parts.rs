//! What drawer and rows of both logs are made of.

use super::address::{Address, href_of};
use super::state::Watch;
use super::watched::Watched;
use crate::activity::clock::{clock, local};
use crate::activity::table::Picture;
use crate::activity::words::{actor_words, moment_title};
use crate::i18n::{Locale, tr};
use crate::ledger::proof_lines;
use chrono::{DateTime, Utc};
use domain::query::quote_value;
use domain::security::look_alikes_named;
use domain::view::{Proof, RequestRow};
use domain::{Actor, ActorType, MASK};
use leptos::prelude::*;

/// The cell with the time.
pub fn time_cell<R: Watched>(log: Watch<R>, row: &R) -> AnyView {
    let (at, offset) = row.moment();
    let shown = clock(local(at, offset));
    let title = moment_title(log.locale, at, offset);
    view! {
        <td role="cell" class="time">
            <time dir="ltr" title=title datetime=at.to_rfc3339()>{shown}</time>
        </td>
    }
    .into_any()
}

/// Who it was, as far as that is known: the account as typed stands for those who were not let in.
pub fn who_cell<R: Watched>(log: Watch<R>, actor: &Actor, account: Option<&str>) -> AnyView {
    let name = match account {
        Some(account) if is_nobody(actor) => account.to_owned(),
        _ => who_words(log.locale, actor),
    };
    let title = name
        .contains(MASK)
        .then(|| tr!(log.locale, activity.hidden));
    view! {
        <td role="cell" class="actor">
            <span class="who" title=title>
                <Picture actor=actor.clone() />
                <bdi>{name}</bdi>
            </span>
        </td>
    }
    .into_any()
}

/// Says of an account that some of its letters are not what they seem, and which.
pub fn look_alike_mark(locale: Locale, account: Option<&str>) -> Option<AnyView> {
    let letters = look_alikes_named(account?)?;
    let mark = view! {
        <span class="chip pending look-alike" title=tr!(locale, oversight.look_alike.title)>
            {tr!(locale, oversight.look_alike.mark)}
            " "
            <bdi dir="ltr">{letters}</bdi>
        </span>
    };
    Some(mark.into_any())
}

/// Who it was in words, or that nobody knows.
pub fn who_words(locale: Locale, actor: &Actor) -> String {
    if is_nobody(actor) {
        tr!(locale, oversight.nobody).to_owned()
    } else {
        actor_words(locale, actor)
    }
}

/// Whether nobody known did it.
pub fn is_nobody(actor: &Actor) -> bool {
    actor.kind == ActorType::System && actor.name.is_none() && actor.id.is_none()
}

/// The cell with the address.
pub fn ip_cell(ip: Option<String>) -> AnyView {
    let title = ip.clone();
    view! {
        <td role="cell" class="ip" title=title>
            <bdi dir="ltr">{ip}</bdi>
        </td>
    }
    .into_any()
}

/// A line of facts; nothing when there is nothing to say.
pub fn fact(name: &'static str, value: Option<AnyView>) -> Option<AnyView> {
    value.map(|value| {
        view! {
            <dt>{name}</dt>
            <dd>{value}</dd>
        }
        .into_any()
    })
}

/// A value that leads to everything that shares it in the same log.
pub fn by<R: Watched>(qualifier: &'static str, value: String, label: Option<String>) -> AnyView {
    let shown = label.unwrap_or_else(|| value.clone());
    if value.contains(MASK) || shown.contains(MASK) {
        return view! { <bdi>{shown}</bdi> }.into_any();
    }
    let href = href_of(R::PATH, &format!("{qualifier}:{}", quote_value(&value)));
    let dir = matches!(qualifier, "ip" | "trace" | "request" | "path" | "route").then_some("ltr");
    view! {
        <a class="link" href=href>
            <bdi dir=dir>{shown}</bdi>
        </a>
    }
    .into_any()
}

/// A call by its method and where it went, as a link to all that is known of it.
pub fn call_link(call: &RequestRow, place: &str) -> AnyView {
    let href = Address::default()
        .with_entry(call.id)
        .href(RequestRow::PATH);
    let words = format!("{} {place}", call.method);
    view! {
        <a class="link" href=href>
            <bdi dir="ltr">{words}</bdi>
        </a>
    }
    .into_any()
}

/// A section of the drawer.
pub fn section(id: &'static str, title: &'static str, content: AnyView) -> AnyView {
    view! {
        <section class="section" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {content}
        </section>
    }
    .into_any()
}

/// A time and a link to something that happened then.
pub fn mini<R: Watched>(
    log: Watch<R>,
    (at, offset): (DateTime<Utc>, i32),
    href: String,
    words: String,
    is_here: bool,
) -> AnyView {
    let title = moment_title(log.locale, at, offset);
    let shown = clock(local(at, offset));
    let current = is_here.then_some("true");
    view! {
        <li class:here=is_here>
            <time dir="ltr" title=title datetime=at.to_rfc3339()>{shown}</time>
            <a class="trunc" href=href aria-current=current dir="auto">
                {words}
            </a>
        </li>
    }
    .into_any()
}

/// Where it stands in the ledger. `record`: the id that the ledger's entry is of; none where it is of many.
pub fn proof_facts<R: Watched>(
    log: Watch<R>,
    id: String,
    record: Option<String>,
    proof: Option<Proof>,
) -> AnyView {
    let locale = log.locale;
    let href = format!("{}/{id}/proof", R::PATH);
    let proof = proof.map(|proof| proof_lines(locale, record, href, proof));
    view! {
        <section class="section" aria-labelledby="d-ledger">
            <h2 id="d-ledger">{tr!(locale, activity.ledger.title)}</h2>
            <dl class="facts">
                <dt>{tr!(locale, activity.column.id)}</dt>
                <dd>
                    <code dir="ltr">{id}</code>
                </dd>
                {proof}
            </dl>
        </section>
    }
    .into_any()
}
