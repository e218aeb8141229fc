//! In the browser.

use crate::orders::composer::{FileDraft, MOST, base64};
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use uuid::{Builder, Uuid};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement, HtmlInputElement, PopStateEvent};

/// Whether this runs in a browser.
pub const IS_HERE: bool = true;

/// Milliseconds on a clock that never goes back; its beginning means nothing.
pub fn milliseconds() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// A number from 0 to 1, at random.
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// The time zone that the browser's clock follows, by its IANA name.
pub fn time_zone() -> Option<String> {
    let options = js_sys::Intl::DateTimeFormat::default().resolved_options();
    let zone = js_sys::Reflect::get(&options, &JsValue::from_str("timeZone"));
    zone.ok()?.as_string()
}

/// A new key under which a call is made once. It is no secret.
pub fn new_key() -> Uuid {
    let bytes = std::array::from_fn(|_| (random() * 256.0) as u8);
    Builder::from_random_bytes(bytes).into_uuid()
}

/// Whether somebody can see the page: it is not in a tab behind another.
pub fn is_visible() -> bool {
    !document().hidden()
}

/// Whether the element that has the focus lies within one that a selector names.
pub fn has_focus_within(selector: &str) -> bool {
    document()
        .active_element()
        .is_some_and(|element| matches!(element.closest(selector), Ok(Some(_))))
}

/// Whether a dialog is open that the page waits for.
pub fn has_dialog() -> bool {
    find("dialog:modal").is_some()
}

/// Whether a menu or something else that Escape closes by itself lies over the page.
pub fn has_popover() -> bool {
    find(":popover-open").is_some()
}

/// Gives an element the focus.
pub fn focus(selector: &str) {
    if let Some(element) = find(selector) {
        let _: Result<(), JsValue> = element.focus();
    }
}

/// Focuses a field behind what stands in it: who types there goes on.
pub fn focus_at_end(selector: &str) {
    focus(selector);
    if let Some(field) = find(selector).and_then(|field| field.dyn_into::<HtmlInputElement>().ok())
    {
        set_caret(&field, field.value().encode_utf16().count());
    }
}

/// Presses an element. False when there is none.
pub fn press(selector: &str) -> bool {
    let found = find(selector);
    if let Some(element) = &found {
        element.click();
    }
    found.is_some()
}

/// Moves the focus so many places on among the elements that a selector names.
pub fn focus_next(selector: &str, by: i32) {
    let Ok(all) = document().query_selector_all(selector) else {
        return;
    };
    let active = document().active_element();
    let count = all.length();
    let here = (0..count).find(|at| {
        all.item(*at).is_some_and(|node| {
            active
                .as_ref()
                .is_some_and(|active| active.is_same_node(Some(&node)))
        })
    });
    let to = here
        .map_or(0, |at| at.saturating_add_signed(by))
        .min(count.saturating_sub(1));
    if let Some(element) = all
        .item(to)
        .and_then(|node| node.dyn_into::<HtmlElement>().ok())
    {
        let _: Result<(), JsValue> = element.focus();
    }
}

/// Takes the focus from where it is.
pub fn blur() {
    if let Some(element) = document()
        .active_element()
        .and_then(|e| e.dyn_into::<HtmlElement>().ok())
    {
        let _: Result<(), JsValue> = element.blur();
    }
}

/// Closes a popover.
pub fn hide_popover(id: &str) {
    if let Some(element) = find(&format!("#{id}")) {
        let _: Result<(), JsValue> = element.hide_popover();
    }
}

fn find(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

/// Scrolls an element into what is visible of its list, no further than needed.
pub fn reveal(selector: &str) {
    if let Some(element) = find(selector) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Keeps what the reader looks at in a list that is scrolled from its end, and the focus, while one of its elements is made
/// anew, perhaps elsewhere. To be called before that.
pub fn keep_place(list: &str, id: &str) {
    let Some(list) = find(list) else {
        return;
    };
    let looked_at = looked_at(&list, id);
    let focused = focused_within(id);
    if looked_at.is_none() && focused.is_none() {
        return;
    }
    let id = id.to_owned();
    let settle = move || {
        if let Some(at) = focused {
            let scrolled = list.scroll_top();
            focus_within(&id, at);
            // It may stand far off by now, and the browser scrolls to what has the focus: who is at the end stays there.
            if list.scroll_top() != scrolled {
                list.set_scroll_top(scrolled);
            }
        }
        if let Some((element, top)) = looked_at {
            let by = element.get_bounding_client_rect().top() - top;
            // Nothing is left to do where the browser's own anchoring held it.
            if by.abs() >= 1.0 {
                list.set_scroll_top(list.scroll_top() + by.round() as i32);
            }
        }
    };
    // It is there in the first frame, and anchored after it.
    request_animation_frame(move || request_animation_frame(settle));
}

/// The first element with an id that can be seen in a list, but for one, and how far from the window's top it is. None where
/// the list stands at its end, which it keeps by itself.
fn looked_at(list: &Element, but: &str) -> Option<(Element, f64)> {
    if list.scroll_top() == 0 {
        return None;
    }
    let top = list.get_bounding_client_rect().top();
    let all = list.query_selector_all("li[id]").ok()?;
    (0..all.length()).find_map(|at| {
        let element = all.item(at)?.dyn_into::<Element>().ok()?;
        let bounds = element.get_bounding_client_rect();
        (bounds.bottom() > top && element.id() != but).then(|| (element, bounds.top()))
    })
}

/// What can have the focus in an element of an id.
fn focusable_within(id: &str) -> Option<web_sys::NodeList> {
    let element = document().get_element_by_id(id)?;
    element.query_selector_all("a[href], button").ok()
}

/// Which of what can have the focus in an element has it: its place, and what stands on it.
fn focused_within(id: &str) -> Option<(u32, Option<String>)> {
    let all = focusable_within(id)?;
    let active = document().active_element()?;
    (0..all.length()).find_map(|at| {
        let node = all.item(at)?;
        active
            .is_same_node(Some(&node))
            .then(|| (at, node.text_content()))
    })
}

/// Gives the focus back to what had it in an element before that was made anew, or to the last that can have it there, unless
/// it is elsewhere by now.
fn focus_within(id: &str, (at, words): (u32, Option<String>)) {
    let is_lost = document()
        .active_element()
        .is_none_or(|active| active.tag_name() == "BODY");
    let Some(all) = focusable_within(id).filter(|_| is_lost) else {
        return;
    };
    let same = all.item(at).filter(|node| node.text_content() == words);
    let last = || all.item(all.length().saturating_sub(1));
    let node = same.or_else(last);
    if let Some(element) = node.and_then(|node| node.dyn_into::<HtmlElement>().ok()) {
        let _: Result<(), JsValue> = element.focus();
    }
}

/// Puts text on the clipboard; calls back with whether that was allowed.
pub fn copy(text: &str, then: impl FnOnce(bool) + 'static) {
    let promise = window().navigator().clipboard().write_text(text);
    leptos::task::spawn_local(async move {
        then(wasm_bindgen_futures::JsFuture::from(promise).await.is_ok());
    });
}

/// The address of the page, whole.
pub fn address() -> String {
    window().location().href().unwrap_or_default()
}

/// Loads the page again.
pub fn reload() {
    let _: Result<(), JsValue> = window().location().reload();
}

/// How high what stands above the rows of a table is, within what scrolls it, in pixels.
pub fn above_rows(list: &Element) -> f64 {
    let Ok(Some(rows)) = list.query_selector("tbody") else {
        return 0.0;
    };
    let (list_top, rows_top) = (
        list.get_bounding_client_rect().top(),
        rows.get_bounding_client_rect().top(),
    );
    rows_top - list_top + f64::from(list.scroll_top())
}

/// The heights of a row with an entry and of one with a day, in pixels: nothing where a list has no days.
pub fn row_heights(list: &Element) -> Option<(f64, f64)> {
    let height = |selector| {
        let element = list.query_selector(selector).ok()??;
        Some(element.get_bounding_client_rect().height()).filter(|height| *height > 4.0)
    };
    Some((height("tr[data-row]")?, height("tr.day").unwrap_or(0.0)))
}

/// The part (0 to 1) of an element's width at which a pointer is, from the element's start.
pub fn part_of_width(element: &Element, client_x: f64) -> f64 {
    let bounds = element.get_bounding_client_rect();
    let part = (client_x - bounds.left()) / bounds.width().max(1.0);
    if is_rtl() { 1.0 - part } else { part }
}

/// Whether the drawer lies over the list.
pub fn is_narrow() -> bool {
    let width = window().inner_width().ok().and_then(|width| width.as_f64());
    width.is_some_and(|width| width <= 768.0)
}

/// Whether the page reads from right to left.
pub fn is_rtl() -> bool {
    document()
        .document_element()
        .and_then(|html| html.get_attribute("dir"))
        .is_some_and(|direction| direction == "rtl")
}

/// Has all further events of a pointer sent to an element.
pub fn capture(element: &Element, pointer: i32) {
    let _: Result<(), JsValue> = element.set_pointer_capture(pointer);
}

/// Where the caret is in a field, in UTF-16 units.
pub fn caret(field: &HtmlInputElement) -> usize {
    field
        .selection_start()
        .ok()
        .flatten()
        .map_or(0, |at| at as usize)
}

/// Puts the caret.
pub fn set_caret(field: &HtmlInputElement, at: usize) {
    let at = at as u32;
    let _: Result<(), JsValue> = field.set_selection_range(at, at);
}

/// What is kept under a name in this browser.
pub fn kept(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(name).ok()?
}

/// Keeps something under a name in this browser. A full or forbidden store keeps nothing.
pub fn keep(name: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _: Result<(), JsValue> = storage.set_item(name, value);
    }
}

/// The value of a cookie.
pub fn cookie(name: &str) -> Option<String> {
    let cookies = document()
        .dyn_into::<web_sys::HtmlDocument>()
        .ok()?
        .cookie()
        .ok()?;
    cookies
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then(|| value.to_owned()))
}

/// Keeps a cookie for a year.
pub fn keep_cookie(name: &str, value: &str) {
    keep_cookie_for(name, value, 31_536_000);
}

/// Keeps a cookie for so many seconds.
pub fn keep_cookie_for(name: &str, value: &str, seconds: u32) {
    if let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() {
        let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax");
        let _: Result<(), JsValue> = document.set_cookie(&cookie);
    }
}

/// Calls back when an element's size changes; until the component is gone.
pub fn on_resize(element: &Element, then: impl Fn() + 'static) {
    let callback = Closure::<dyn Fn()>::new(then);
    let Ok(observer) = web_sys::ResizeObserver::new(callback.as_ref().unchecked_ref()) else {
        return;
    };
    observer.observe(element);
    let kept = StoredValue::new_local((observer, callback));
    on_cleanup(move || {
        kept.try_with_value(|(observer, _)| observer.disconnect());
    });
}

type Held = Rc<dyn Fn() -> Option<String>>;

thread_local! {
    static STEPPING_BACK: Cell<f64> = const { Cell::new(-1.0) };
    static HELD: RefCell<Option<(u32, Held)>> = const { RefCell::new(None) };
    static HOLDERS: Cell<u32> = const { Cell::new(0) };
    static IS_HEARING: Cell<bool> = const { Cell::new(false) };
}

/// Hears of each step through the history from now on. To be called before the router is made: of what listens at the window itself
/// Chromium calls first what came first, whether or not it captures.
pub fn hear_steps() {
    if IS_HEARING.replace(true) {
        return;
    }
    let hear = Closure::<dyn Fn(PopStateEvent)>::new(|event: PopStateEvent| {
        let held = HELD.with_borrow(Option::clone);
        let Some(address) = held.and_then(|(_, held)| held()) else {
            STEPPING_BACK.set(milliseconds());
            return;
        };
        event.stop_immediate_propagation();
        if let Ok(history) = window().history() {
            let _: Result<(), JsValue> =
                history.push_state_with_url(&JsValue::NULL, "", Some(&address));
        }
    });
    let _: Result<(), JsValue> =
        window().add_event_listener_with_callback("popstate", hear.as_ref().unchecked_ref());
    // For as long as the tab lives.
    hear.forget();
}

/// Holds each step through the history for which `held` tells the page's own address: the router doesn't learn of it, and
/// that address comes above the one stepped to. Until the component is gone.
pub fn hold_steps(held: impl Fn() -> Option<String> + 'static) {
    let id = HOLDERS.get().wrapping_add(1);
    HOLDERS.set(id);
    HELD.set(Some((id, Rc::new(held))));
    // The next frame may be there before this one is gone.
    on_cleanup(move || {
        HELD.with_borrow_mut(|held| {
            held.take_if(|(there, _)| *there == id);
        })
    });
}

/// Steps back through the history.
pub fn step_back() {
    if let Ok(history) = window().history() {
        let _: Result<(), JsValue> = history.back();
    }
}

/// Whether the reader has just stepped through the history, rather than followed a link.
pub fn is_stepping_back() -> bool {
    let at = STEPPING_BACK.get();
    at >= 0.0 && milliseconds() - at < 1_000.0
}

/// What stands behind the `#` of the address.
pub fn fragment() -> Option<String> {
    let hash = window().location().hash().ok()?;
    let fragment = hash.strip_prefix('#')?;
    (!fragment.is_empty()).then(|| fragment.to_owned())
}

/// Brings the element of an id into view and marks it as the one that the address names.
pub fn show_target(id: &str) {
    let Some(element) = document().get_element_by_id(id) else {
        return;
    };
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Center);
    element.scroll_into_view_with_scroll_into_view_options(&options);
    let _: Result<(), JsValue> = element.class_list().add_1("target");
}

/// Keeps the page as high as what the on-screen keyboard leaves of the window, where the browser doesn't do so by
/// itself (Safari); until the component is gone.
pub fn fit_keyboard() {
    let Some(viewport) = window().visual_viewport() else {
        return;
    };
    let fit = {
        let viewport = viewport.clone();
        move || {
            let whole = window().inner_height().ok().and_then(|h| h.as_f64());
            let is_covered = whole.is_some_and(|whole| whole - viewport.height() > 80.0);
            let Some(html) = document()
                .document_element()
                .and_then(|html| html.dyn_into::<HtmlElement>().ok())
            else {
                return;
            };
            let style = html.style();
            let _: Result<(), JsValue> = if is_covered {
                style.set_property("--app-height", &format!("{}px", viewport.height()))
            } else {
                style.remove_property("--app-height").map(drop)
            };
        }
    };
    let callback = Closure::<dyn Fn()>::new(fit);
    viewport.set_onresize(Some(callback.as_ref().unchecked_ref()));
    let kept = StoredValue::new_local((viewport, callback));
    on_cleanup(move || {
        kept.try_with_value(|(viewport, _)| viewport.set_onresize(None));
    });
}

/// Reads the files that were chosen in a field, each as it is there, and empties the field.
pub fn read_files(field: &HtmlInputElement, then: impl Fn(FileDraft) + Clone + 'static) {
    let Some(files) = field.files() else {
        return;
    };
    for file in (0..files.length()).filter_map(|at| files.get(at)) {
        let then = then.clone();
        let size = file.size();
        if size > MOST as f64 {
            // Not read: it could be larger than all memory.
            then(FileDraft {
                name: file.name(),
                content_type: String::new(),
                size_bytes: size as u64,
                content: String::new(),
            });
            continue;
        }
        leptos::task::spawn_local(async move {
            let read = wasm_bindgen_futures::JsFuture::from(file.array_buffer()).await;
            let Ok(buffer) = read else { return };
            let bytes = js_sys::Uint8Array::new(&buffer).to_vec();
            let content_type = Some(file.type_()).filter(|kind| !kind.is_empty());
            then(FileDraft {
                name: file.name(),
                content_type: content_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
                size_bytes: bytes.len() as u64,
                content: base64(&bytes),
            });
        });
    }
    field.set_value("");
}

/// Fetches a file of this site; calls back with its bytes in base64 (RFC 4648 4), or with nothing where it can't be had.
pub fn fetch_file(address: String, then: impl FnOnce(Option<String>) + 'static) {
    leptos::task::spawn_local(async move {
        let bytes = fetched(&address).await;
        then(bytes.map(|bytes| base64(&bytes)));
    });
}

async fn fetched(address: &str) -> Option<Vec<u8>> {
    let answer = wasm_bindgen_futures::JsFuture::from(window().fetch_with_str(address)).await;
    let response: web_sys::Response = answer.ok()?.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    let buffer = wasm_bindgen_futures::JsFuture::from(response.array_buffer().ok()?).await;
    Some(js_sys::Uint8Array::new(&buffer.ok()?).to_vec())
}
