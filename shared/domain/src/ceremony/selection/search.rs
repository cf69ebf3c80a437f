//! The search for the best set of coins: branch and bound, for one number of coins after the other.

use bitcoin::{Amount, OutPoint};

use super::SelectionRefusal;
use super::candidate::{Candidate, Held, Need};
use super::reach::Reach;
use crate::time::Timestamp;

/// The most steps that are taken for one number of coins. For up to 14 coins, of which up to 10 are chosen, there are no
/// more to take.
pub(super) const STEPS: u32 = 1 << 15;

/// What is searched.
struct Field<'a> {
    candidates: &'a [Candidate<'a>],
    /// How many of them hold a needed asset; they come first.
    carriers: usize,
    need: &'a Need,
    most_sats: Reach,
    least_sats: Reach,
    most_assets: Vec<Reach>,
}

/// How far the search has come.
struct State {
    steps_left: u32,
    chosen: Vec<usize>,
    best: Option<Found>,
}

/// A set that is allowed.
struct Found {
    chosen: Vec<usize>,
    merit: Merit,
}

/// What makes one set better than another of the same size: the smaller is better.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Merit {
    change: u64,
    /// When the coins expire, soonest first.
    expiries: Vec<Timestamp>,
    /// Which they are, in order.
    outpoints: Vec<OutPoint>,
}

/// The best set of at most `max_inputs` of the candidates, which together are enough, by their places.
pub(super) fn best(
    candidates: &[Candidate<'_>],
    need: &Need,
    max_inputs: usize,
) -> Result<Vec<usize>, SelectionRefusal> {
    let greedy = greedy(candidates, need);
    let largest = greedy
        .as_ref()
        .map_or(max_inputs, |(chosen, _)| chosen.len().min(max_inputs));
    let field = Field::new(candidates, need, largest.min(candidates.len()));
    for size in 1..=largest.min(candidates.len()) {
        let mut state = State {
            steps_left: STEPS,
            chosen: Vec::with_capacity(size),
            best: None,
        };
        if let Some((chosen, change)) = greedy.as_ref().filter(|(chosen, _)| chosen.len() == size) {
            state.best = Some(field.found(chosen.clone(), *change));
        }
        field.descend(&mut state, 0, size, &Held::nothing(need));
        if let Some(found) = state.best {
            return Ok(found.chosen);
        }
    }
    Err(match greedy {
        Some((chosen, _)) => SelectionRefusal::TooManyInputs { needed: chosen.len() },
        None => {
            let all = candidates
                .iter()
                .fold(0_u64, |sum, candidate| sum.saturating_add(candidate.sats));
            SelectionRefusal::ChangeBelowMinimum {
                change: Amount::from_sat(all.saturating_sub(need.sats)),
                minimum: Amount::from_sat(need.least_change),
            }
        }
    })
}

/// A set that is allowed, found without a search: for each asset the coins that hold the most of it, then the largest
/// coins, until it is enough. With what comes back.
fn greedy(candidates: &[Candidate<'_>], need: &Need) -> Option<(Vec<usize>, u64)> {
    let mut held = Held::nothing(need);
    let mut free: Vec<(usize, &Candidate<'_>)> = candidates.iter().enumerate().collect();
    let mut chosen = Vec::new();
    for (number, needed) in need.assets.iter().enumerate() {
        let of = |amounts: &[u64]| amounts.get(number).copied().unwrap_or_default();
        // A stable sort keeps the better of like coins first.
        free.sort_by_key(|(_, candidate)| std::cmp::Reverse(of(&candidate.assets)));
        let mut taken = 0_usize;
        for (index, candidate) in &free {
            if of(&held.assets) >= needed.amount {
                break;
            }
            held = held.with(candidate);
            chosen.push(*index);
            taken = taken.saturating_add(1);
        }
        free.drain(..taken);
    }
    free.sort_by_key(|(_, candidate)| std::cmp::Reverse(candidate.sats));
    let mut rest = free.into_iter();
    loop {
        if let Some(change) = need.change(&held) {
            return Some((chosen, change));
        }
        let (index, candidate) = rest.next()?;
        held = held.with(candidate);
        chosen.push(index);
    }
}

impl<'a> Field<'a> {
    fn new(candidates: &'a [Candidate<'a>], need: &'a Need, largest: usize) -> Self {
        let sats = || candidates.iter().map(|candidate| candidate.sats);
        let asset = |number: usize| {
            candidates
                .iter()
                .map(move |candidate| candidate.assets.get(number).copied().unwrap_or_default())
        };
        Self {
            candidates,
            carriers: candidates.partition_point(Candidate::carries),
            need,
            most_sats: Reach::most(sats(), largest),
            least_sats: Reach::least(sats(), largest),
            most_assets: (0..need.assets.iter().count())
                .map(|number| Reach::most(asset(number), largest))
                .collect(),
        }
    }

    /// Tries every set that has `open` coins more, from the candidate at `from` on.
    fn descend(&self, state: &mut State, from: usize, open: usize, held: &Held) {
        if open == 1 {
            self.complete(state, from, held);
            return;
        }
        let mut before: Option<&Candidate<'_>> = None;
        for (index, candidate) in self.candidates.iter().enumerate().skip(from) {
            if !state.step() || !self.is_promising(state, index, open, held) {
                return;
            }
            // Of like coins the first ones are the best: to leave one out and take the next is never better.
            if before.is_some_and(|before| before.is_like(candidate)) {
                continue;
            }
            before = Some(candidate);
            state.chosen.push(index);
            self.descend(
                state,
                index.saturating_add(1),
                open.saturating_sub(1),
                &held.with(candidate),
            );
            state.chosen.pop();
        }
    }

    /// Whether `open` coins from the candidate at `from` on could be enough, and better than what was found. If not, no
    /// later ones are either.
    fn is_promising(&self, state: &State, from: usize, open: usize, held: &Held) -> bool {
        if self.candidates.len().saturating_sub(from) < open {
            return false;
        }
        let reaches = |held: u64, reach: &Reach, need: u64| held.saturating_add(reach.sum(from, open)) >= need;
        let assets = self.need.assets.iter().zip(&held.assets).zip(&self.most_assets);
        let least = held.sats.saturating_add(self.least_sats.sum(from, open));
        reaches(held.sats, &self.most_sats, self.need.sats)
            && assets
                .into_iter()
                .all(|((need, held), reach)| reaches(*held, reach, need.amount))
            && state
                .best
                .as_ref()
                .is_none_or(|best| least.saturating_sub(self.need.sats) <= best.merit.change)
    }

    /// Tries every set that has one coin more, from the candidate at `from` on.
    fn complete(&self, state: &mut State, from: usize, held: &Held) {
        if !state.step() || !self.is_promising(state, from, 1, held) {
            return;
        }
        for index in from..self.carriers {
            if !state.step() {
                return;
            }
            self.consider(state, held, index);
        }
        if !self.need.assets_covered(held) {
            return;
        }
        // The others are sorted: only the smallest that are enough matter.
        let start = from.max(self.carriers);
        let missing = self.need.sats.saturating_sub(held.sats);
        let with_change = self
            .need
            .sats
            .saturating_add(self.need.least_change)
            .saturating_sub(held.sats);
        if held.sats <= self.need.sats {
            self.consider_all_of(state, held, start, missing);
        }
        let rest = self.candidates.get(start..).unwrap_or_default();
        let enough = rest.partition_point(|candidate| candidate.sats >= with_change);
        if let Some(smallest) = enough.checked_sub(1).and_then(|last| rest.get(last)) {
            self.consider_all_of(state, held, start, smallest.sats);
        }
    }

    /// Tries the best of the coins from `start` on, which are sorted, that hold just this much: one without assets, and
    /// one with some.
    fn consider_all_of(&self, state: &mut State, held: &Held, start: usize, sats: u64) {
        let rest = self.candidates.get(start..).unwrap_or_default();
        let plain = rest.partition_point(|candidate| candidate.sats > sats);
        let laden = rest.partition_point(|candidate| {
            (std::cmp::Reverse(candidate.sats), candidate.foreign) < (std::cmp::Reverse(sats), true)
        });
        for place in [plain, laden] {
            if rest.get(place).is_some_and(|candidate| candidate.sats == sats) {
                self.consider(state, held, start.saturating_add(place));
            }
        }
    }

    /// Takes the chosen coins, which hold this much, with this one, if they are allowed and better than what was found.
    fn consider(&self, state: &mut State, held: &Held, last: usize) {
        let Some(candidate) = self.candidates.get(last) else {
            return;
        };
        let Some(change) = self.need.change(&held.with(candidate)) else {
            return;
        };
        if state.best.as_ref().is_some_and(|best| best.merit.change < change) {
            return;
        }
        let found = self.found(state.chosen.iter().copied().chain([last]).collect(), change);
        if state.best.as_ref().is_none_or(|best| found.merit < best.merit) {
            state.best = Some(found);
        }
    }

    fn found(&self, chosen: Vec<usize>, change: u64) -> Found {
        let coins = || {
            chosen
                .iter()
                .filter_map(|index| self.candidates.get(*index))
                .map(|candidate| candidate.coin)
        };
        let mut expiries: Vec<Timestamp> = coins().map(|coin| coin.expires_at).collect();
        let mut outpoints: Vec<OutPoint> = coins().map(|coin| coin.outpoint).collect();
        expiries.sort_unstable();
        outpoints.sort_unstable();
        Found {
            chosen,
            merit: Merit {
                change,
                expiries,
                outpoints,
            },
        }
    }
}

impl State {
    /// Takes a step, if there is one left.
    const fn step(&mut self) -> bool {
        match self.steps_left.checked_sub(1) {
            Some(left) => {
                self.steps_left = left;
                true
            }
            None => false,
        }
    }
}
