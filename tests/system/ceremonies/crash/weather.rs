//! How often what goes wrong: all of it follows from the seed.

use nanoark_testkit::arkd::Fault as OperatorFault;
use nanoark_testkit::dynamodb::Fault as TableFault;

use super::calls::{Courier, Delivery};
use super::effects::{Effect, Service, Strike};
use crate::dice::Dice;

/// How often what goes wrong, in thousandths of the calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// The process dies before or after the call.
    kills: usize,
    /// The call goes wrong.
    faults: usize,
    /// Something else runs in between.
    meanwhile: usize,
    /// A function is called twice, unheard or too late, in thousandths of its calls.
    deliveries: usize,
    /// A wallet goes by the relay, in thousandths of what it sends.
    pub(crate) by_relay: usize,
    /// Somebody sends what is not to be taken, in thousandths of the rounds.
    pub(crate) hostile: usize,
    /// A coin is spent elsewhere or swept between two rounds, in thousandths of the rounds.
    pub(crate) misfortunes: usize,
}

impl Weather {
    /// Another weather per seed, from fair to foul.
    pub(crate) fn of(dice: &mut Dice) -> Self {
        let foul = dice.roll(4);
        Self {
            kills: dice.roll(1 + 15 * foul),
            faults: dice.roll(1 + 30 * foul),
            meanwhile: dice.roll(1 + 15 * foul),
            deliveries: dice.roll(1 + 60 * foul),
            by_relay: dice.roll(1 + 100 * foul),
            hostile: dice.roll(1 + 100 * foul),
            misfortunes: dice.roll(1 + 15 * foul),
        }
    }

    /// Who decides about calls of the world.
    pub(crate) fn judge(self, seed: u64) -> impl FnMut(usize, &Effect) -> Strike + Send + 'static {
        let mut dice = Dice::seeded(seed);
        // A fault that is beyond the SDK's patience strikes again at once.
        let mut again: Option<(Effect, Strike, usize)> = None;
        move |_, effect| {
            if let Some((same, strike, left)) = again.take()
                && same == *effect
                && left > 0
            {
                again = Some((same, strike, left - 1));
                return strike;
            }
            let roll = dice.roll(1_000);
            if roll < self.kills {
                return if dice.roll(2) == 0 {
                    Strike::KilledBefore
                } else {
                    Strike::KilledAfter
                };
            }
            if roll < self.kills + self.faults {
                let strike = fault(&mut dice, effect);
                let times = dice.roll(4);
                if times > 0 && effect.service != Service::Operator {
                    again = Some((effect.clone(), strike, times));
                }
                return strike;
            }
            if roll < self.kills + self.faults + self.meanwhile {
                return Strike::Meanwhile(dice.roll(24));
            }
            Strike::Nothing
        }
    }

    /// Who decides about calls of functions.
    pub(crate) fn courier(self, seed: u64) -> Courier {
        let mut dice = Dice::seeded(seed);
        Box::new(move |function| {
            if dice.roll(1_000) >= self.deliveries {
                return Delivery::Once;
            }
            match dice.roll(3) {
                0 => Delivery::Twice,
                1 => Delivery::Unheard,
                // A stream keeps its order, and a request that does not arrive is the caller's to repeat.
                _ if function == "relay-session-changes" => Delivery::Twice,
                _ => Delivery::Overtaken,
            }
        })
    }
}

fn fault(dice: &mut Dice, effect: &Effect) -> Strike {
    match effect.service {
        Service::Tables => *dice.pick(&[
            Strike::Lost,
            Strike::AnswerLost,
            Strike::Tables(TableFault::Throttle),
            Strike::Tables(TableFault::TransactionConflict),
            Strike::Tables(TableFault::TransactionThrottled),
            Strike::Tables(TableFault::TransactionInProgress),
            Strike::Tables(TableFault::InternalError),
        ]),
        Service::Queues | Service::Relays => *dice.pick(&[Strike::Lost, Strike::AnswerLost]),
        Service::Operator => match dice.roll(9) {
            0 => Strike::Operator(OperatorFault::LostRequest),
            1 | 2 => Strike::Operator(OperatorFault::LostReplyAfterCommit),
            3 => Strike::Operator(OperatorFault::Stall),
            4 => Strike::Operator(OperatorFault::InternalError),
            5 => Strike::Operator(OperatorFault::InternalErrorAfterCommit),
            6 => Strike::Operator(OperatorFault::DigestChange),
            7 if effect.what == "/v1/tx/submit" && dice.roll(4) == 0 => {
                Strike::Operator(OperatorFault::SpentElsewhereBefore)
            }
            _ => Strike::Late(dice.roll(4)),
        },
    }
}
