//! A list without days in a table: of very many rows only those around what can be seen stand in the document.

use crate::activity::any_log::frame::pixels;
use crate::activity::list::List;
use crate::activity::loaded::{Heights, Loaded, LogRow, PageOf};
use domain::Direction;
use leptos::prelude::*;
use std::sync::Arc;

/// A list of a first page. `row`: how high a row is, in pixels, until it was measured.
pub fn list<R: LogRow>(first: PageOf<R>, row: f64) -> List<R> {
    let list = List::new(Heights { row, day: 0.0 });
    list.loaded.set(Loaded::new(first, Direction::Oldest));
    list.reset_window();
    list
}

/// The bodies of the table: the rows that stand in the document, and the room of the others above and below them.
pub fn rows<R: LogRow>(
    list: List<R>,
    row: impl Fn(Arc<R>) -> AnyView + Clone + Send + 'static,
) -> AnyView {
    let spaces = list.spaces();
    let shown = Memo::new(move |_| {
        let window = list.window.get();
        list.loaded.with(|loaded| {
            let window = window.start.min(loaded.len())..window.end.min(loaded.len());
            let lines = loaded.lines().get(window).unwrap_or_default().iter();
            lines.map(|line| line.row.id()).collect::<Vec<_>>()
        })
    });
    let line = move |id: R::Id| list.line(id).map(|(line, _)| row(line.row));
    view! {
        <tbody class="space" role="presentation" style:block-size=move || pixels(spaces.get().0)></tbody>
        <tbody role="rowgroup">
            <For each=move || shown.get() key=|id: &R::Id| *id children=line />
        </tbody>
        <tbody class="space" role="presentation" style:block-size=move || pixels(spaces.get().1)></tbody>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::loaded::MAX_IN_DOCUMENT;
    use domain::Reference;
    use domain::operation::ItemOutcome;
    use domain::view::ItemRow;

    fn item(place: u64) -> ItemRow {
        let outcomes = ItemOutcome::ALL;
        ItemRow {
            place,
            subject: Reference {
                kind: "product".to_owned(),
                id: format!("p_{place}"),
                name: None,
            },
            field: "price".to_owned(),
            before: None,
            after: None,
            outcome: outcomes[place as usize % outcomes.len()],
            error: None,
            since: None,
        }
    }

    #[test]
    fn what_is_in_the_document_and_the_room_around_it_add_up() {
        let page = PageOf::new((1..=1_000).map(item).collect(), None, None);
        let loaded: Loaded<ItemRow> = Loaded::new(page, Direction::Oldest);
        let heights = Heights {
            row: 40.0,
            day: 0.0,
        };
        for y in [-150.0, 0.0, 20_000.0, 39_000.0] {
            let window = loaded.window_at(y, heights);
            assert!(window.len() <= MAX_IN_DOCUMENT);
            assert!(window.contains(&((y.max(0.0) / 40.0) as usize)), "{y}");
            let (above, below) = loaded.spaces(&window, heights);
            assert_eq!(above + window.len() as f64 * 40.0 + below, 40_000.0);
        }
    }

    #[test]
    fn only_what_was_changed_can_be_selected() {
        let page = PageOf::new((1..=6).map(item).collect(), None, None);
        let loaded: Loaded<ItemRow> = Loaded::new(page, Direction::Oldest);
        let picked: Vec<u64> = loaded
            .lines()
            .iter()
            .flat_map(|line| line.pickable(ItemRow::is_pickable))
            .collect();
        let changed: Vec<u64> = (1..=6)
            .map(item)
            .filter(|item| item.outcome == ItemOutcome::Changed)
            .map(|item| item.place)
            .collect();
        assert_eq!(picked, changed);
        assert!(!picked.is_empty() && picked.len() < 6);
    }
}
