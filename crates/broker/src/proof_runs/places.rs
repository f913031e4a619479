//! How many runs go on at once on one server.
//!
//! A provider that is slow must not hold up the others, nor a project whose stores are slow the others: a
//! method has its part of all places, and a project half of all and half of each method's. So there is room for
//! somebody else whatever one project does, and who has fewer runs going comes first.

use domain::id::ProjectId;
use store::proof_runs::Full;

/// So many in all, and so many of one method.
const ALL: Room = Room { all: 16, of_a_method: 8 };
/// So many of them may be runs that nobody waits for.
const UNASKED: Room = Room { all: 8, of_a_method: 4 };

struct Room {
    all: usize,
    of_a_method: usize,
}

impl Room {
    fn of_a_project(&self) -> usize {
        self.all / 2
    }

    fn of_a_method_and_project(&self) -> usize {
        self.of_a_method / 2
    }
}

/// What a run takes up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) project: ProjectId,
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
        self.left(asked, |_| true, |room| room.all)
    }

    /// What of `of` is left of the room; who asked may use all of it.
    fn left(&self, asked: bool, of: impl Fn(&Place) -> bool, room: fn(&Room) -> usize) -> usize {
        let taken = self.0.iter().filter(|place| of(place));
        let unasked = taken.clone().filter(|place| !place.asked).count();
        let left = room(&ALL).saturating_sub(taken.count());
        if asked { left } else { left.min(room(&UNASKED).saturating_sub(unasked)) }
    }

    /// How many runs of a project go on.
    pub(super) fn share(&self, project: ProjectId) -> usize {
        self.0.iter().filter(|place| place.project == project).count()
    }

    /// Of what no more may begin, for whoever has fewer runs going than `share`.
    pub(super) fn full(&self, asked: bool, share: usize) -> Full {
        let mut full = Full::default();
        for place in &self.0 {
            let of_method = |taken: &Place| taken.method == place.method;
            let of_project = |taken: &Place| taken.project == place.project;
            let both = |taken: &Place| of_method(taken) && of_project(taken);
            let crowded = self.share(place.project) >= share;
            if self.left(asked, of_method, |room| room.of_a_method) == 0 {
                full.methods.push(place.method.clone());
            } else if crowded || self.left(asked, of_project, Room::of_a_project) == 0 {
                full.projects.push(place.project);
            } else if self.left(asked, both, Room::of_a_method_and_project) == 0 {
                full.both.push((place.project, place.method.clone()));
            }
        }
        full.methods.sort();
        full.methods.dedup();
        full.projects.sort();
        full.projects.dedup();
        full.both.sort();
        full.both.dedup();
        full
    }

    /// Whether this one may begin.
    pub(super) fn has_room(&self, place: &Place) -> bool {
        let of_method = |taken: &Place| taken.method == place.method;
        let of_project = |taken: &Place| taken.project == place.project;
        self.free(place.asked) > 0
            && self.left(place.asked, of_method, |room| room.of_a_method) > 0
            && self.left(place.asked, of_project, Room::of_a_project) > 0
            && self.left(place.asked, |taken| of_method(taken) && of_project(taken), Room::of_a_method_and_project) > 0
    }

    /// The most that a project has going.
    pub(super) fn largest_share(&self) -> usize {
        self.0.iter().map(|place| self.share(place.project)).max().unwrap_or_default()
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

    /// Takes as many as there is room for.
    fn fill(places: &mut Places, project: ProjectId, method: &str, asked: bool) -> usize {
        let place = Place { project, method: method.to_owned(), asked };
        let mut taken = 0;
        while places.has_room(&place) {
            places.take(place.clone());
            taken += 1;
        }
        taken
    }

    #[test]
    fn a_project_takes_half_of_a_method_and_half_of_all_and_leaves_the_rest() {
        let (one, two) = (ProjectId::new(), ProjectId::new());
        let mut places = Places::default();
        assert_eq!(fill(&mut places, one, "a", true), 4);
        assert_eq!(places.full(true, 99).both, [(one, "a".to_owned())]);
        assert_eq!((fill(&mut places, one, "b", true), fill(&mut places, one, "c", true)), (4, 0), "half of all");
        assert!(places.full(true, 99).projects.contains(&one));
        assert_eq!((fill(&mut places, two, "a", true), fill(&mut places, two, "c", true)), (4, 4));
        assert_eq!((places.free(true), places.full(true, 99).methods.contains(&"a".to_owned())), (0, true));
        let place = Place { project: one, method: "a".to_owned(), asked: true };
        places.leave(&place);
        assert!(places.has_room(&place) && places.full(true, 99).methods.is_empty());
    }

    #[test]
    fn what_nobody_waits_for_leaves_room_for_what_somebody_does() {
        let (one, two) = (ProjectId::new(), ProjectId::new());
        let mut places = Places::default();
        assert_eq!(fill(&mut places, one, "a", false), 2);
        assert_eq!((fill(&mut places, two, "a", false), places.free(false)), (2, 4));
        assert!(places.full(false, 99).methods.contains(&"a".to_owned()) && places.full(true, 99).methods.is_empty());
        assert_eq!(fill(&mut places, one, "a", true), 2, "somebody waits for it");
    }

    #[test]
    fn who_has_fewer_runs_going_is_told_from_who_has_more() {
        let (one, two) = (ProjectId::new(), ProjectId::new());
        let mut places = Places::default();
        for project in [one, one, two] {
            places.take(Place { project, method: "a".to_owned(), asked: true });
        }
        assert_eq!(places.full(true, 1).projects.len(), 2);
        assert_eq!((places.full(true, 2).projects, places.full(true, 3).projects), (vec![one], vec![]));
        assert_eq!((places.share(one), places.share(two), places.largest_share()), (2, 1, 2));
    }
}
