//! Who has which thread open, and who is writing there.
//!
//! State of this process and of this moment: nothing of it is recorded. With several nodes, those of one node see each
//! other.

use domain::view::Present;
use domain::{StoreId, UserId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The thread of an order of a store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Room {
    pub(super) store: StoreId,
    pub(super) number: String,
}

/// One socket in a room.
#[derive(Debug, Clone)]
struct Here {
    socket: u64,
    person: Present,
}

/// Who is where. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Presence(Arc<Mutex<Rooms>>);

#[derive(Debug, Default)]
struct Rooms {
    by_room: HashMap<Room, watch::Sender<Vec<Here>>>,
    last_socket: u64,
}

impl Presence {
    /// Enters a room; dropping what is given back leaves it.
    pub(super) fn enter(&self, room: Room, id: UserId, name: String) -> Stay {
        let mut rooms = self.rooms();
        rooms.last_socket += 1;
        let socket = rooms.last_socket;
        let here = Here {
            socket,
            person: Present {
                id,
                name,
                is_typing: false,
            },
        };
        let told = rooms.by_room.entry(room.clone());
        let told = told.or_insert_with(|| watch::Sender::new(Vec::new()));
        told.send_modify(|people| people.push(here));
        let changes = told.subscribe();
        drop(rooms);
        Stay {
            presence: self.clone(),
            room,
            socket,
            id,
            changes,
        }
    }

    fn change(&self, room: &Room, change: impl FnOnce(&mut Vec<Here>)) {
        let mut rooms = self.rooms();
        let Some(told) = rooms.by_room.get(room) else {
            return;
        };
        told.send_modify(change);
        if told.borrow().is_empty() {
            rooms.by_room.remove(room);
        }
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One socket's stay in a room.
pub(super) struct Stay {
    presence: Presence,
    room: Room,
    socket: u64,
    id: UserId,
    changes: watch::Receiver<Vec<Here>>,
}

impl Stay {
    /// Where.
    pub(super) const fn room(&self) -> &Room {
        &self.room
    }

    /// Says whether the person is writing.
    pub(super) fn say_typing(&self, is_typing: bool) {
        self.presence.change(&self.room, |people| {
            for here in people.iter_mut().filter(|h| h.socket == self.socket) {
                here.person.is_typing = is_typing;
            }
        });
    }

    /// Waits until somebody came, left, began or stopped writing.
    pub(super) async fn changed(&mut self) {
        if self.changes.changed().await.is_err() {
            // The room lives as long as somebody stays in it, which this one does.
            std::future::pending::<()>().await;
        }
    }

    /// The others in the room, each once however many sockets they have, by name.
    pub(super) fn others(&mut self) -> Vec<Present> {
        let mut others: Vec<Present> = Vec::new();
        for here in self.changes.borrow_and_update().iter() {
            if here.person.id == self.id {
                continue;
            }
            match others.iter_mut().find(|other| other.id == here.person.id) {
                Some(known) => known.is_typing |= here.person.is_typing,
                None => others.push(here.person.clone()),
            }
        }
        others.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.0.cmp(&b.id.0)));
        others
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let socket = self.socket;
        self.presence.change(&self.room, |people| {
            people.retain(|here| here.socket != socket);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn enter(presence: &Presence, number: &str, person: u128) -> Stay {
        let room = Room {
            store: StoreId(1),
            number: number.to_owned(),
        };
        presence.enter(room, UserId(Uuid::from_u128(person)), format!("P{person}"))
    }

    fn names(stay: &mut Stay) -> Vec<(String, bool)> {
        let others = stay.others().into_iter();
        others.map(|other| (other.name, other.is_typing)).collect()
    }

    #[test]
    fn each_sees_the_others_of_the_room_once() {
        let presence = Presence::default();
        let mut one = enter(&presence, "1042", 1);
        let two = enter(&presence, "1042", 2);
        let again = enter(&presence, "1042", 2);
        let mut elsewhere = enter(&presence, "1043", 3);
        assert_eq!(names(&mut one), [("P2".to_owned(), false)]);
        assert!(names(&mut elsewhere).is_empty());
        again.say_typing(true);
        assert_eq!(names(&mut one), [("P2".to_owned(), true)]);
        drop(again);
        assert_eq!(names(&mut one), [("P2".to_owned(), false)]);
        drop(two);
        assert!(names(&mut one).is_empty());
        drop((one, elsewhere));
        assert!(presence.rooms().by_room.is_empty());
    }
}
