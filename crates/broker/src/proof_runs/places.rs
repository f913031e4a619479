//! How many runs go on at once on one server.

/// So many in all, and so many of one method: a provider that is slow must not hold up the others.
const ALL: Room = Room { all: 8, of_a_method: 4 };
/// So many of them may be runs that nobody waits for.
const UNASKED: Room = Room { all: 4, of_a_method: 2 };

struct Room {
    all: usize,
    of_a_method: usize,
}

/// What a run takes up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) method: String,
    /// Somebody waits for it.
    pub(super) asked: bool,
}

/// What is taken up now.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<Place>);

impl Places {
    /// How many more runs may begin of these.
    pub(super) fn free(&self, asked: bool) -> usize {
        let unasked = self.0.iter().filter(|place| !place.asked).count();
        let free = ALL.all.saturating_sub(self.0.len());
        if asked { free } else { free.min(UNASKED.all.saturating_sub(unasked)) }
    }

    /// Whether no more runs of this method may begin.
    fn is_full(&self, place: &Place) -> bool {
        let of_method = || self.0.iter().filter(|taken| taken.method == place.method);
        let unasked = of_method().filter(|taken| !taken.asked).count();
        of_method().count() >= ALL.of_a_method || (!place.asked && unasked >= UNASKED.of_a_method)
    }

    /// The methods of which no more may begin.
    pub(super) fn full(&self, asked: bool) -> Vec<String> {
        let mut full: Vec<_> = self.0.iter().map(|taken| Place { asked, ..taken.clone() }).collect();
        full.retain(|place| self.is_full(place));
        full.dedup();
        full.into_iter().map(|place| place.method).collect()
    }

    /// Whether this one may begin.
    pub(super) fn has_room(&self, place: &Place) -> bool {
        self.free(place.asked) > 0 && !self.is_full(place)
    }

    pub(super) fn take(&mut self, place: Place) {
        self.0.push(place);
    }

    pub(super) fn leave(&mut self, place: &Place) {
        if let Some(at) = self.0.iter().position(|taken| taken == place) {
            self.0.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(method: &str, asked: bool) -> Place {
        Place { method: method.to_owned(), asked }
    }

    #[test]
    fn one_method_takes_no_more_than_its_part_and_the_unasked_leave_room() {
        let mut places = Places::default();
        for method in ["a", "b"] {
            for _ in 0..2 {
                assert!(places.has_room(&place(method, false)));
                places.take(place(method, false));
            }
        }
        assert!(!places.has_room(&place("a", false)) && places.full(false).contains(&"a".to_owned()));
        assert_eq!((places.free(false), places.free(true)), (0, 4));
        assert!(places.has_room(&place("a", true)), "somebody waits for it");
        for _ in 0..2 {
            places.take(place("a", true));
        }
        assert!(!places.has_room(&place("a", true)) && places.has_room(&place("b", true)));
        assert_eq!(places.full(true), ["a"]);
        places.leave(&place("a", true));
        assert!(places.has_room(&place("a", true)) && places.full(true).is_empty());
    }
}
