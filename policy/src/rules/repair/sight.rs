//! What the asker may know.

use super::super::{
    chain::Chain,
    lifecycle::asker::{is_member, makes_admin},
};
use crate::types::{
    Facts, KeyFacts, Owner, Principal,
    repair::{Asker, Obstacle},
};

/// How much of an answer is shown.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Sight {
    Everything,
    /// What the key that asks lacks by itself.
    OwnKey,
}

impl Sight {
    #[inline]
    pub(super) fn of(facts: &Facts, asker: &Asker) -> Result<Self, Obstacle> {
        match (asker, &facts.principal) {
            (Asker::Keeper, _) => Ok(Self::Everything),
            (Asker::User(user), principal) => {
                let Some(chain) = Chain::of(&facts.place).filter(|_| is_member(user)) else { return Err(Obstacle::NotShown) };
                let own = match principal {
                    Principal::User(of) | Principal::Key(KeyFacts { owner: Some(Owner::User(of)), .. }) => {
                        of.handle == user.handle
                    }
                    _ => false,
                };
                let admin = || user.bindings.iter().any(|binding| makes_admin(chain.organization, binding));
                if own || admin() { Ok(Self::Everything) } else { Err(Obstacle::NotShown) }
            }
            (Asker::Key(asking), Principal::Key(key)) if *asking == key.handle => Ok(Self::OwnKey),
            (Asker::Key(_), _) => Err(Obstacle::NotShown),
        }
    }
}
