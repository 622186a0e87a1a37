//! An order in which each of several things comes after those that it depends on.
//!
//! Things are numbers from 0 on, so that whoever sorts tables, classes or rows keeps them where they
//! are. It takes time in proportion to things and dependencies together, and calls nothing that
//! calls itself: a chain of any length fits on a greenlet's stack.

/// That one thing comes before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dependency {
    /// What comes first.
    pub before: usize,
    /// What depends on it.
    pub after: usize,
}

/// Dependencies that go in a circle: numbers in the list that was sorted by. Each ends where the
/// next begins, and the last where the first begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// The dependencies that form it, in their order.
    pub dependencies: Vec<usize>,
}

/// How far a thing has been dealt with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Unseen,
    /// What it depends on is being dealt with.
    Open,
    Sorted,
}

/// What one thing depends on: dependencies by their number, those of thing `n` between
/// `starts[n]` and `starts[n + 1]`.
struct Incoming {
    starts: Vec<usize>,
    dependencies: Vec<usize>,
}

impl Incoming {
    fn new(things: usize, dependencies: &[Dependency]) -> Self {
        let mut starts = vec![0; things + 1];
        for dependency in dependencies {
            starts[dependency.after + 1] += 1;
        }
        for thing in 0..things {
            starts[thing + 1] += starts[thing];
        }
        let mut next = starts.clone();
        let mut sorted = vec![0; dependencies.len()];
        for (number, dependency) in dependencies.iter().enumerate() {
            sorted[next[dependency.after]] = number;
            next[dependency.after] += 1;
        }
        Self { starts, dependencies: sorted }
    }
}

/// Puts the things from 0 to `things` into an order in which each comes after those that it depends
/// on. What does not depend on each other stays in the order of its numbers, as far as that can be.
///
/// ```
/// use aludel_core::topological::{Dependency, sort};
///
/// let dependencies = [Dependency { before: 2, after: 0 }, Dependency { before: 0, after: 1 }];
/// assert_eq!(sort(4, &dependencies), Ok(vec![2, 0, 1, 3]));
///
/// let circle = [Dependency { before: 0, after: 1 }, Dependency { before: 1, after: 0 }];
/// assert_eq!(sort(2, &circle).unwrap_err().dependencies, [0, 1]);
/// ```
///
/// # Errors
///
/// A [`Cycle`], if there is one. A thing that depends on itself is one of its own.
///
/// # Panics
///
/// If a dependency names a thing that is not below `things`.
pub fn sort(things: usize, dependencies: &[Dependency]) -> Result<Vec<usize>, Cycle> {
    let incoming = Incoming::new(things, dependencies);
    let mut progress = vec![Progress::Unseen; things];
    let mut next = incoming.starts.clone();
    let mut order = Vec::with_capacity(things);
    // The things that are open, each with the dependency by which it was reached.
    let mut path: Vec<(usize, usize)> = Vec::new();
    for start in 0..things {
        if progress[start] != Progress::Unseen {
            continue;
        }
        progress[start] = Progress::Open;
        path.push((start, usize::MAX));
        while let Some(&(thing, _)) = path.last() {
            if next[thing] == incoming.starts[thing + 1] {
                progress[thing] = Progress::Sorted;
                order.push(thing);
                path.pop();
                continue;
            }
            let number = incoming.dependencies[next[thing]];
            next[thing] += 1;
            let before = dependencies[number].before;
            match progress[before] {
                Progress::Unseen => {
                    progress[before] = Progress::Open;
                    path.push((before, number));
                }
                Progress::Open => return Err(cycle(&path, before, number)),
                Progress::Sorted => {}
            }
        }
    }
    Ok(order)
}

/// The circle that the dependency closes: it goes from `first`, which is open, to the last thing of
/// the path.
#[cold]
fn cycle(path: &[(usize, usize)], first: usize, closing: usize) -> Cycle {
    let below = path.iter().rev().take_while(|(thing, _)| *thing != first);
    let mut dependencies = vec![closing];
    dependencies.extend(below.map(|(_, number)| *number));
    // The smallest number first, so that the same circle is always reported in the same way.
    let smallest = (0..dependencies.len()).min_by_key(|at| dependencies[*at]).unwrap_or(0);
    dependencies.rotate_left(smallest);
    Cycle { dependencies }
}

#[cfg(test)]
mod tests {
    use super::{Cycle, Dependency, sort};

    fn of(pairs: &[(usize, usize)]) -> Vec<Dependency> {
        pairs.iter().map(|&(before, after)| Dependency { before, after }).collect()
    }

    #[test]
    fn independent_things_stay_where_they_are() {
        assert_eq!(sort(0, &[]), Ok(vec![]));
        assert_eq!(sort(3, &[]), Ok(vec![0, 1, 2]));
        assert_eq!(sort(4, &of(&[(3, 1), (3, 1)])), Ok(vec![0, 3, 1, 2]));
    }

    #[test]
    fn each_comes_after_what_it_depends_on() {
        // Made by a small generator, the same each time: edges only from smaller to larger ranks.
        let mut state = 7_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(state >> 33).expect("31 bits") % below
        };
        for _ in 0..200 {
            let things = 1 + random(40);
            let mut ranks: Vec<usize> = (0..things).collect();
            for at in (1..things).rev() {
                ranks.swap(at, random(at + 1));
            }
            let mut pairs = Vec::new();
            for _ in 0..random(80) {
                let (a, b) = (random(things), random(things));
                match ranks[a].cmp(&ranks[b]) {
                    std::cmp::Ordering::Less => pairs.push((a, b)),
                    std::cmp::Ordering::Greater => pairs.push((b, a)),
                    std::cmp::Ordering::Equal => {}
                }
            }
            let order = sort(things, &of(&pairs)).expect("no circle");
            let mut at = vec![usize::MAX; things];
            order.iter().enumerate().for_each(|(place, thing)| at[*thing] = place);
            assert!(!at.contains(&usize::MAX));
            assert!(pairs.iter().all(|(before, after)| at[*before] < at[*after]), "{pairs:?}");
        }
    }

    #[test]
    fn a_circle_is_reported_by_its_dependencies() {
        let dependencies = of(&[(0, 1), (4, 0), (1, 2), (2, 3), (3, 1), (3, 5)]);
        let Cycle { dependencies: found } = sort(6, &dependencies).expect_err("a circle");
        assert_eq!(found, [2, 3, 4]);
        assert_eq!(sort(2, &of(&[(0, 1), (1, 1)])).expect_err("a circle").dependencies, [1]);
    }

    #[test]
    fn a_long_chain_takes_no_stack() {
        let things = 1_000_000;
        let chain: Vec<_> =
            (1..things).map(|at| Dependency { before: at, after: at - 1 }).collect();
        let order = sort(things, &chain).expect("no circle");
        assert_eq!((order[0], order[things - 1]), (things - 1, 0));
    }
}
