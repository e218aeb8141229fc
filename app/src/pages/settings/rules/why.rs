//! `/settings/why`: why didn't it fire? A rule and a subject, and the chain in words.

use super::actions::{action_words, failure_words, moment};
use super::calls::{Askable, Asked, ask_why};
use super::reported::Reported;
use super::{SettingsPage, words};
use crate::AppError;
use crate::activity::address::{Address, encode};
use crate::activity::words::action_label;
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::WithViewer;
use crate::pages::Trouble;
use crate::parts::{Page, Panel, Place};
use crate::said::said_words;
use crate::webhooks::{result_words, state_label};
use crate::wire::Told;
use domain::Permission;
use domain::followup::why::{self, ActionNow, ActionState, Received, Step};
use domain::hook::HookState;
use domain::view::{RuleWhy, Viewer};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

type Answer = Result<Asked, AppError>;

/// The address at which it is asked about a thing.
pub fn why_href(kind: &str, id: &str) -> String {
    let mut href = "/settings/why?subject_type=".to_owned();
    encode(kind, &mut href);
    href.push_str("&subject_id=");
    encode(id, &mut href);
    href
}

/// The page that answers.
pub struct WhyPage {
    asked: Memo<(String, String, String)>,
    answer: Told<Answer>,
}

impl Page for WhyPage {
    const PLACE: Place = Place::Panel(Panel::Why);

    fn start() -> Self {
        let query = use_query_map();
        let asked = Memo::new(move |_| {
            query.with(|query| {
                let get = |name: &str| query.get(name).unwrap_or_default();
                (get("rule"), get("subject_type"), get("subject_id"))
            })
        });
        Self {
            asked,
            answer: crate::wire::told_first(
                move || asked.get(),
                |(rule, kind, id)| ask_why(rule, kind, id),
            ),
        }
    }

    fn shown(self) -> AnyView {
        let WhyPage { asked, answer } = self;
        view! {
            <WithViewer let:viewer>
                <Page viewer asked answer />
            </WithViewer>
        }
        .into_any()
    }
}

#[component]
fn Page(
    viewer: Viewer,
    asked: Memo<(String, String, String)>,
    answer: Told<Answer>,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <SettingsPage viewer title=tr!(locale, rules.why_title) needs=Permission::ManageRules>
            <p class="lead">{tr!(locale, rules.why_lead)}</p>
            <Transition>
                {move || Suspend::new(async move {
                    match answer.await {
                        Err(error) => view! { <Trouble error /> }.into_any(),
                        Ok(found) => {
                            let ask = if found.rules.is_empty() {
                                view! { <NoRules /> }.into_any()
                            } else {
                                let (rule, kind, id) = asked.get_untracked();
                                view! { <AskForm rules=found.rules rule kind id /> }.into_any()
                            };
                            view! {
                                {ask}
                                {found.why.map(|why| view! { <Chain why /> })}
                                <Each each=found.each has_more=found.has_more />
                                <Reported
                                    rules=found.reported
                                    offset_minutes=found.offset_minutes
                                    hint=tr!(locale, rules.why_reported)
                                />
                            }
                                .into_any()
                        }
                    }
                })}
            </Transition>
        </SettingsPage>
    }
    .into_any()
}

#[component]
fn NoRules() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="blank">
            <Icon glyph=icons::WAND_SPARKLES />
            <h2>{tr!(locale, rules.none)}</h2>
            <p>{tr!(locale, rules.why_none)}</p>
            <a class="btn" href="/settings/rules">{tr!(locale, common.place.rules)}</a>
        </div>
    }
    .into_any()
}

/// Each rule in a line with its verdict, opening to the chain.
#[component]
fn Each(
    /// The answers; nothing is shown without.
    each: Vec<RuleWhy>,
    /// Whether there are more rules.
    has_more: bool,
) -> impl IntoView {
    let locale = use_locale();
    if each.is_empty() {
        return ().into_any();
    }
    let more = has_more.then(|| {
        let text = tr!(locale, rules.why_more, n = each.len().to_string());
        view! { <p class="hint">{text}</p> }
    });
    let lines = each.into_iter().map(|why| {
        let offset = why.offset_minutes;
        let told = why.answer.decisive();
        let told = told.map(|step| step_words(locale, step, offset));
        let verdict = verdict(locale, &why.answer);
        view! {
            <li>
                <details>
                    <summary>
                        <Icon glyph=icons::CHEVRON_RIGHT class="i-s flip" />
                        <span class="grow">
                            <bdi class="strong">{why.name}</bdi>
                            <small><bdi>{told}</bdi></small>
                        </span>
                        <span class="dim">{verdict}</span>
                    </summary>
                    <div class="role-body chain">{steps(locale, why.answer.steps, offset)}</div>
                </details>
            </li>
        }
    });
    view! {
        <section aria-labelledby="each">
            <div class="part-head">
                <h2 id="each">{tr!(locale, rules.why_each)}</h2>
            </div>
            <ul class="role-list">{lines.collect_view()}</ul>
            {more}
        </section>
    }
    .into_any()
}

/// Which rule, which thing, unless a schedule sets the rule off. Without a list of rules it asks about `rule`.
#[component]
pub fn AskForm(
    /// The rules by name.
    rules: Vec<Askable>,
    /// The rule that is chosen.
    rule: String,
    /// Whether a schedule sets it off, when it is not in the list.
    #[prop(default = false)]
    is_on_schedule: bool,
    /// The kind of thing.
    kind: String,
    /// Its id.
    id: String,
) -> impl IntoView {
    let locale = use_locale();
    let on_schedule = rules.iter().filter(|known| known.is_on_schedule);
    let on_schedule: Vec<String> = on_schedule.map(|known| known.id.to_string()).collect();
    let needs_no_thing = RwSignal::new(is_on_schedule || on_schedule.contains(&rule));
    let needs_thing = move || !needs_no_thing.get();
    let choice = if rules.is_empty() {
        view! { <input type="hidden" name="rule" value=rule /> }.into_any()
    } else {
        let is_each = !rules.iter().any(|known| known.id.to_string() == rule);
        let options = rules.into_iter().map(|known| {
            let id = known.id.to_string();
            let is_chosen = id == rule;
            view! { <option value=id selected=is_chosen>{known.name}</option> }
        });
        view! {
            <div class="field">
                <label for="why-rule">{tr!(locale, rules.rule)}</label>
                <select
                    class="input"
                    id="why-rule"
                    name="rule"
                    on:change:target=move |event| needs_no_thing.set(on_schedule.contains(&event.target().value()))
                >
                    <option value="" selected=is_each>{tr!(locale, rules.why_every)}</option>
                    {options.collect_view()}
                </select>
            </div>
        }
        .into_any()
    };
    view! {
        <form class="ask" method="get" action="/settings/why">
            {choice}
            <div class="field" hidden=move || needs_no_thing.get()>
                <label for="why-kind">{tr!(locale, rules.subject_type)}</label>
                <input
                    class="input"
                    id="why-kind"
                    name="subject_type"
                    value=kind
                    dir="ltr"
                    maxlength="200"
                    list="kinds"
                    required=needs_thing
                />
                <datalist id="kinds">
                    <option value="order"></option>
                    <option value="product"></option>
                    <option value="customer"></option>
                </datalist>
            </div>
            <div class="field" hidden=move || needs_no_thing.get()>
                <label for="why-id">{tr!(locale, rules.subject_id)}</label>
                <input
                    class="input"
                    id="why-id"
                    name="subject_id"
                    value=id
                    dir="auto"
                    maxlength="200"
                    required=needs_thing
                />
            </div>
            <p class="hint" hidden=needs_thing>{tr!(locale, rules.why_schedule)}</p>
            <button class="btn primary" type="submit">{tr!(locale, rules.ask)}</button>
        </form>
    }
    .into_any()
}

#[component]
fn Chain(why: RuleWhy) -> impl IntoView {
    let locale = use_locale();
    let verdict = verdict(locale, &why.answer);
    let rule = format!("/settings/rules/{}", why.rule);
    view! {
        <section class="chain" aria-labelledby="answer">
            <div class="part-head">
                <h2 id="answer">{verdict}</h2>
                <a class="link push" href=rule><bdi>{why.name}</bdi></a>
            </div>
            {steps(locale, why.answer.steps, why.offset_minutes)}
        </section>
    }
    .into_any()
}

fn verdict(locale: Locale, answer: &why::Answer) -> &'static str {
    match (answer.is_fired, answer.is_done) {
        (true, true) => tr!(locale, rules.verdict_done),
        (true, false) => tr!(locale, rules.verdict_fired),
        (false, _) => tr!(locale, rules.verdict_not),
    }
}

/// The steps of a chain, each with its sign.
fn steps(locale: Locale, steps: Vec<Step>, offset: i32) -> AnyView {
    let steps = steps.into_iter().map(|step| {
        let (class, glyph) = if step.is_ok() {
            ("yes", icons::CIRCLE_CHECK)
        } else if matches!(&step, Step::Action { now } if now.state == ActionState::Waiting)
            || matches!(step, Step::NotYet | Step::NotDue { .. })
        {
            ("wait", icons::CLOCK)
        } else {
            ("no", icons::CIRCLE_ALERT)
        };
        let href = match &step {
            Step::Delivered { delivery } => Some(format!("/webhooks/{}", delivery.id)),
            Step::Received { received } | Step::NothingFits { received }
                if received.action != "schedule" =>
            {
                Some(Address::default().with_entry(received.id).href())
            }
            _ => None,
        };
        let said = step_words(locale, &step, offset);
        let said = match href {
            Some(href) => view! { <a class="link" href=href><bdi>{said}</bdi></a> }.into_any(),
            None => view! { <bdi>{said}</bdi> }.into_any(),
        };
        view! { <li class=class><Icon glyph /><div>{said}</div></li> }
    });
    view! { <ol class="checks">{steps.collect_view()}</ol> }.into_any()
}

fn received_words(locale: Locale, received: &Received) -> String {
    match received.action.as_str() {
        "schedule" => tr!(locale, rules.schedule).to_owned(),
        action => action_label(locale, action).map_or_else(|| action.to_owned(), str::to_owned),
    }
}

/// A step of the chain, in words.
fn step_words(locale: Locale, step: &Step, offset: i32) -> String {
    let version = |n: &u32| n.to_string();
    match step {
        Step::NothingKnown => tr!(locale, rules.step.nothing_known).to_owned(),
        Step::NothingReceived => tr!(locale, rules.step.nothing_received).to_owned(),
        Step::NotDue { at } => tr!(locale, rules.step.not_due, at = moment(locale, *at, offset)),
        Step::NothingFits { received } => {
            let what = received_words(locale, received);
            let at = moment(locale, received.at, offset);
            tr!(locale, rules.step.nothing_fits, what = what, at = at)
        }
        Step::Received { received } => {
            let what = received_words(locale, received);
            let at = moment(locale, received.at, offset);
            tr!(locale, rules.step.received, what = what, at = at)
        }
        Step::Delivered { delivery } => {
            let how = match delivery.result {
                Some(result) => result_words(locale, result),
                None => state_label(locale, delivery.state),
            };
            let why = delivery.error.as_deref();
            let why = why.map(|why| said_words(locale, why));
            let how = why.map_or_else(|| how.to_owned(), |why| format!("{how} ({why})"));
            let at = moment(locale, delivery.at, offset);
            let topic = delivery.topic.as_str();
            let due = delivery.due_at;
            match due.filter(|_| delivery.state == HookState::Failed) {
                Some(due) => {
                    let next = moment(locale, due, offset);
                    tr!(
                        locale,
                        rules.step.delivered_again,
                        what = topic,
                        at = at,
                        how = how,
                        next = next
                    )
                }
                None => tr!(
                    locale,
                    rules.step.delivered,
                    what = topic,
                    at = at,
                    how = how
                ),
            }
        }
        Step::Due { at } => tr!(locale, rules.step.due, at = moment(locale, *at, offset)),
        Step::NoRuleYet => tr!(locale, rules.step.no_rule_yet).to_owned(),
        Step::Deleted => tr!(locale, rules.step.deleted).to_owned(),
        Step::Off {
            version: n,
            since: Some(since),
        } => {
            let since = moment(locale, *since, offset);
            tr!(locale, rules.step.off_since, n = version(n), since = since)
        }
        Step::Off {
            version: n,
            since: None,
        } => tr!(locale, rules.step.off, n = version(n)),
        Step::OffNow {
            version: n,
            since: Some(since),
        } => {
            let since = moment(locale, *since, offset);
            tr!(
                locale,
                rules.step.off_now_since,
                n = version(n),
                since = since
            )
        }
        Step::OffNow {
            version: n,
            since: None,
        } => tr!(locale, rules.step.off_now, n = version(n)),
        Step::OtherTrigger { version: n } => tr!(locale, rules.step.other, n = version(n)),
        Step::On { version: n } => tr!(locale, rules.step.on, n = version(n)),
        Step::History => tr!(locale, rules.step.history).to_owned(),
        Step::NotYet => tr!(locale, rules.step.not_yet).to_owned(),
        Step::NoRecord => tr!(locale, rules.step.no_record).to_owned(),
        Step::Met { checked } => {
            let seen = words::seen(locale, checked).unwrap_or_default();
            let what = words::condition(locale, &checked.condition);
            tr!(locale, rules.step.met, what = what, seen = seen)
        }
        Step::NotMet { checked } => {
            let what = words::condition(locale, &checked.condition);
            tr!(
                locale,
                rules.step.not_met,
                what = what,
                seen = words::miss(locale, checked)
            )
        }
        Step::Broken { checked } => words::miss(locale, checked),
        Step::Guarded { guard } => words::guard_words(locale, guard),
        Step::Dry => tr!(locale, rules.step.dry).to_owned(),
        Step::Fired { at } => tr!(locale, rules.step.fired, at = moment(locale, *at, offset)),
        Step::Action { now } => acted(locale, now, offset),
        Step::Failed { why } => tr!(locale, rules.could_not, why = said_words(locale, why)),
        Step::Fault { fault } => fault_words(&fault.pointer, &fault.message),
    }
}

/// What is wrong with a part of a rule, with its place.
pub fn fault_words(pointer: &str, message: &str) -> String {
    format!("{}: {message}", pointer.trim_start_matches('/'))
}

fn acted(locale: Locale, now: &ActionNow, offset: i32) -> String {
    let what = action_words(locale, &now.action);
    let why = failure_words(locale, now.error.as_deref().unwrap_or_default());
    let at = now
        .at
        .map(|at| moment(locale, at, offset))
        .unwrap_or_default();
    let count = u64::from(now.tries);
    let n = count.to_string();
    match now.state {
        ActionState::Done => tr!(locale, rules.step.done, what = what, at = at),
        ActionState::Waiting if now.tries == 0 => tr!(locale, rules.step.queued, what = what),
        ActionState::Waiting => {
            tr!(
                locale,
                rules.step.again,
                count = count,
                what = what,
                n = n,
                why = why,
                at = at
            )
        }
        ActionState::Dead => tr!(
            locale,
            rules.step.dead,
            count = count,
            what = what,
            n = n,
            why = why
        ),
        ActionState::Discarded if now.tries == 0 => tr!(locale, rules.step.dropped, what = what),
        ActionState::Discarded => tr!(locale, rules.step.discarded, what = what, why = why),
    }
}
