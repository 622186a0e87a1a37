//! The queue of those who wait for a connection: in the order in which they came, but for who waits where the
//! connection lives.

use std::collections::VecDeque;

use tokio::runtime;

/// How often the first may be passed over by others.
const PATIENCE: u32 = 4;

/// Among how many, from the first, who waits on the runtime of a connection is looked for.
const LOOKED_AT: usize = 16;

/// Who waits, each with the runtime outside of which a connection is less good, if there is one.
#[derive(Debug)]
pub(super) struct Line<W> {
    waiting: VecDeque<(Option<runtime::Id>, W)>,
    /// How often the first was passed over.
    passed: u32,
}

impl<W> Line<W> {
    pub(super) fn new() -> Self {
        Self { waiting: VecDeque::new(), passed: 0 }
    }

    pub(super) fn push(&mut self, here: Option<runtime::Id>, who: W) {
        self.waiting.push_back((here, who));
    }

    /// Takes out the first.
    pub(super) fn first(&mut self) -> Option<W> {
        self.passed = 0;
        self.waiting.pop_front().map(|(_, who)| who)
    }

    /// Takes out the first for whom a connection is good that lives on this runtime, or anywhere. Where there is none
    /// among many, or the first was passed over often, it is the first.
    pub(super) fn first_on(&mut self, runtime: Option<runtime::Id>) -> Option<W> {
        let is_good = |here: Option<runtime::Id>| {
            here.is_none_or(|here| runtime.is_none_or(|runtime| here == runtime))
        };
        let at = self.waiting.iter().take(LOOKED_AT).position(|(here, _)| is_good(*here));
        match at {
            Some(at) if at > 0 && self.passed < PATIENCE => {
                self.passed += 1;
                self.waiting.remove(at).map(|(_, who)| who)
            }
            _ => self.first(),
        }
    }

    /// Takes out who has left.
    pub(super) fn remove(&mut self, is: impl Fn(&W) -> bool) {
        if let Some(at) = self.waiting.iter().position(|(_, who)| is(who)) {
            if at == 0 {
                self.passed = 0;
            }
            self.waiting.remove(at);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes out all.
    pub(super) fn take(&mut self) -> impl Iterator<Item = W> + use<W> {
        self.passed = 0;
        std::mem::take(&mut self.waiting).into_iter().map(|(_, who)| who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtimes() -> [runtime::Runtime; 2] {
        [(); 2].map(|()| runtime::Builder::new_current_thread().build().expect("a runtime"))
    }

    /// A line of these, on the first or the second runtime, or anywhere.
    fn line(runtimes: &[runtime::Runtime; 2], of: &[Option<usize>]) -> Line<usize> {
        let mut line = Line::new();
        for (who, at) in of.iter().enumerate() {
            line.push(at.map(|at| runtimes[at].handle().id()), who);
        }
        line
    }

    #[test]
    fn who_waits_where_it_lives_is_before_others() {
        let both = runtimes();
        let [one, other] = both.each_ref().map(|runtime| Some(runtime.handle().id()));
        let mut line = line(&both, &[Some(0), Some(0), Some(1), None, Some(1)]);
        assert_eq!(line.first_on(other), Some(2));
        assert_eq!(line.first_on(other), Some(3), "who can be anywhere");
        assert_eq!(line.first_on(one), Some(0));
        assert_eq!(line.first_on(None), Some(1), "it lives anywhere");
        assert_eq!(line.first_on(one), Some(4), "nobody else is there");
        assert_eq!(line.first_on(one), None);
    }

    #[test]
    fn nobody_is_passed_over_for_ever() {
        let both = runtimes();
        let other = Some(both[1].handle().id());
        let mut of = vec![Some(1); 40];
        (of[0], of[1]) = (Some(0), Some(0));
        let mut line = line(&both, &of);
        let order: Vec<_> = (0..10).filter_map(|_| line.first_on(other)).collect();
        assert_eq!(order, [2, 3, 4, 5, 0, 6, 7, 8, 9, 1]);
        // The next one is passed over as often, whoever has left.
        line.push(Some(both[0].handle().id()), 99);
        line.remove(|who| *who == 10);
        assert_eq!((line.first_on(other), line.len()), (Some(11), 29));
        assert_eq!(line.take().last(), Some(99));
        assert!(line.is_empty());
    }

    #[test]
    fn who_stands_far_behind_is_not_looked_for() {
        let both = runtimes();
        let mut of = vec![Some(0); LOOKED_AT];
        of.push(Some(1));
        let mut line = line(&both, &of);
        assert_eq!(line.first_on(Some(both[1].handle().id())), Some(0));
        assert_eq!(line.first_on(Some(both[1].handle().id())), Some(LOOKED_AT));
    }
}
