//! Who has offered a session, in which message, and who is to answer.
//!
//! The rules of RFC 3261 sections 13.2.1, 14.1 and 14.2, RFC 3311 section 5 and RFC 6337 section 2,
//! kept apart from dialogs and transactions: a value that is asked what a message means. Bodies stay
//! opaque; all that counts is whether there is one.
//!
//! ```text
//!             INVITE, UPDATE with an offer
//!            .----------------------------> Offered --answer, refusal--> Stable
//!    Stable -|                                 ^
//!            '-- INVITE without --> Asked -----' 2xx with an offer (answered by the ACK)
//!                                     '--refusal--> Stable
//! ```
//!
//! Reliable provisional responses (RFC 3262) are not spoken here yet. They will be one more
//! [`Vehicle`], answered in PRACK, and steps beside [`Step::Provisional`].

use centrala_sip::StatusCode;

/// What is outstanding between the two sides of a dialog. There is never more than one offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OfferAnswer {
    /// Nothing: there is no session yet, or its last offer was answered or refused.
    Stable,
    /// An INVITE without an offer is pending: its 2xx has to make one.
    Asked {
        /// Who has to offer.
        of: Side,
    },
    /// An offer is not answered yet.
    Offered {
        /// Who has made it.
        by: Side,
        /// In which message.
        within: Vehicle,
    },
}

/// One of two user agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// We.
    Us,
    /// The other.
    Them,
}

/// A message that carries an offer, and so says where the answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vehicle {
    /// An INVITE: the answer is in its 2xx.
    Invite,
    /// The 2xx to an INVITE without an offer: the answer is in the ACK.
    Success,
    /// An UPDATE: the answer is in its 2xx.
    Update,
}

/// A message of one side, as far as offers and answers go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// An INVITE.
    Invite(Body),
    /// An unreliable provisional response to an INVITE. A body in it is a preview of the answer
    /// that the 2xx will have (RFC 6337 section 3.1.1) and changes nothing.
    Provisional(Body),
    /// The first 2xx to an INVITE.
    Success(Body),
    /// The first ACK for a 2xx.
    Ack(Body),
    /// A final response to an INVITE other than 2xx.
    Failure,
    /// An UPDATE.
    Update(Body),
    /// A 2xx to an UPDATE.
    UpdateSuccess(Body),
    /// A final response to an UPDATE other than 2xx.
    UpdateFailure,
}

/// Whether a message has a session description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Present,
    Absent,
}

/// Why a message does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// Its receiver has an offer or an INVITE of its own outstanding: 491 (RFC 3261 section 14.2,
    /// RFC 3311 section 5.2).
    Glare,
    /// Its sender still waits for something that it has asked or offered before: 500 with
    /// Retry-After (RFC 3261 section 14.2, RFC 3311 section 5.2).
    TooSoon,
    /// It must have an offer or an answer, and has none.
    Empty,
    /// What it has or answers is nothing that was asked for. It is left aside.
    Unexpected,
}

impl OfferAnswer {
    /// Returns what is outstanding after a message that `sender` has sent.
    ///
    /// # Errors
    ///
    /// The [`Misfit`]; then everything is as it was.
    pub(crate) fn after(self, sender: Side, step: Step) -> Result<Self, Misfit> {
        match step {
            Step::Invite(body) => self.after_invite(sender, body),
            Step::Provisional(body) => self.after_provisional(sender, body),
            Step::Success(body) => self.after_success(sender, body),
            Step::Ack(body) => self.after_ack(sender, body),
            Step::Failure => match self {
                Self::Asked { of } if of == sender => Ok(Self::Stable),
                Self::Offered { by, within: Vehicle::Invite } if by != sender => Ok(Self::Stable),
                Self::Stable | Self::Asked { .. } | Self::Offered { .. } => Err(Misfit::Unexpected),
            },
            Step::Update(Body::Absent) => Ok(self),
            Step::Update(Body::Present) => {
                self.begin(sender, Self::Offered { by: sender, within: Vehicle::Update })
            }
            Step::UpdateSuccess(body) => match (self, body) {
                (Self::Offered { by, within: Vehicle::Update }, body) if by != sender => {
                    body.demand(Self::Stable)
                }
                // To an UPDATE without an offer.
                (_, Body::Absent) => Ok(self),
                (Self::Stable | Self::Asked { .. } | Self::Offered { .. }, Body::Present) => {
                    Err(Misfit::Unexpected)
                }
            },
            Step::UpdateFailure => match self {
                Self::Offered { by, within: Vehicle::Update } if by != sender => Ok(Self::Stable),
                Self::Stable | Self::Asked { .. } | Self::Offered { .. } => Ok(self),
            },
        }
    }

    /// Returns whether the ACK for our 2xx has to have an answer.
    pub(crate) fn awaits_ack(self) -> bool {
        matches!(self, Self::Offered { by: Side::Us, within: Vehicle::Success })
    }

    /// Returns what an INVITE begins.
    pub(crate) const fn of_invite(sender: Side, body: Body) -> Self {
        match body {
            Body::Present => Self::Offered { by: sender, within: Vehicle::Invite },
            Body::Absent => Self::Asked { of: sender.other() },
        }
    }

    fn after_invite(self, sender: Side, body: Body) -> Result<Self, Misfit> {
        self.begin(sender, Self::of_invite(sender, body))
    }

    /// A new offer, or the wish for one, wants that nothing is outstanding.
    fn begin(self, sender: Side, next: Self) -> Result<Self, Misfit> {
        let asker = match self {
            Self::Stable => return Ok(next),
            Self::Asked { of } => of.other(),
            Self::Offered { by, .. } => by,
        };
        Err(if asker == sender { Misfit::TooSoon } else { Misfit::Glare })
    }

    fn after_provisional(self, sender: Side, body: Body) -> Result<Self, Misfit> {
        let previews =
            matches!(self, Self::Offered { by, within: Vehicle::Invite } if by != sender);
        match body {
            Body::Absent => Ok(self),
            Body::Present if previews => Ok(self),
            // An offer must not be in a response that may be lost (RFC 3261 section 13.2.1).
            Body::Present => Err(Misfit::Unexpected),
        }
    }

    fn after_success(self, sender: Side, body: Body) -> Result<Self, Misfit> {
        match self {
            Self::Offered { by, within: Vehicle::Invite } if by != sender => {
                body.demand(Self::Stable)
            }
            Self::Asked { of } if of == sender => {
                body.demand(Self::Offered { by: sender, within: Vehicle::Success })
            }
            Self::Stable | Self::Asked { .. } | Self::Offered { .. } => Err(Misfit::Unexpected),
        }
    }

    fn after_ack(self, sender: Side, body: Body) -> Result<Self, Misfit> {
        match (self, body) {
            (Self::Offered { by, within: Vehicle::Success }, body) if by != sender => {
                body.demand(Self::Stable)
            }
            (_, Body::Absent) => Ok(self),
            (Self::Stable | Self::Asked { .. } | Self::Offered { .. }, Body::Present) => {
                Err(Misfit::Unexpected)
            }
        }
    }
}

impl Side {
    const fn other(self) -> Self {
        match self {
            Self::Us => Self::Them,
            Self::Them => Self::Us,
        }
    }
}

impl Body {
    /// Returns whether there is a description.
    pub(crate) const fn of<T>(description: Option<&T>) -> Self {
        match description {
            Some(_) => Self::Present,
            None => Self::Absent,
        }
    }

    const fn demand(self, next: OfferAnswer) -> Result<OfferAnswer, Misfit> {
        match self {
            Self::Present => Ok(next),
            Self::Absent => Err(Misfit::Empty),
        }
    }
}

impl Misfit {
    /// Returns the refusal of a request that does not fit.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::Glare => StatusCode::REQUEST_PENDING,
            Self::TooSoon => StatusCode::SERVER_INTERNAL_ERROR,
            Self::Empty | Self::Unexpected => StatusCode::NOT_ACCEPTABLE_HERE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Body::*, OfferAnswer::*, Side::*, Vehicle::*, *};

    /// Every state as the sender of a message sees it, with a name.
    fn states(sender: Side) -> [(&'static str, OfferAnswer); 9] {
        let (own, other) = (sender, sender.other());
        let offered = |by, within| Offered { by, within };
        [
            ("stable", Stable),
            ("asked", Asked { of: own }),
            ("has asked", Asked { of: other }),
            ("has offered in INVITE", offered(own, Invite)),
            ("has offered in 2xx", offered(own, Success)),
            ("has offered in UPDATE", offered(own, Update)),
            ("was offered in INVITE", offered(other, Invite)),
            ("was offered in 2xx", offered(other, Success)),
            ("was offered in UPDATE", offered(other, Update)),
        ]
    }

    /// The table, read from the RFCs. A column is a state in the order of [`states`]: `=` the same,
    /// `.` stable, `I`, `S` and `U` offered in that, `A` asked the other side, `g` glare, `t` too
    /// soon, `e` empty, `-` unexpected.
    const TABLE: [(&str, Step, &str); 14] = [
        // RFC 3261 section 14.2: 491 while our own INVITE is pending, 500 while the first is not
        // answered; RFC 6337 section 2.3: nor while an offer in an UPDATE is outstanding.
        ("INVITE with", Step::Invite(Present), "Igtttt ggg"),
        ("INVITE without", Step::Invite(Absent), "Agtttt ggg"),
        // RFC 3261 section 13.2.1: answers may be previewed, offers may not.
        ("18x with", Step::Provisional(Present), "------ =--"),
        ("18x without", Step::Provisional(Absent), "====== ==="),
        // Patterns 1 and 2 of RFC 6337 table 1.
        ("2xx with", Step::Success(Present), "-S---- .--"),
        ("2xx without", Step::Success(Absent), "-e---- e--"),
        ("ACK with", Step::Ack(Present), "------ -.-"),
        ("ACK without", Step::Ack(Absent), "====== =e="),
        // RFC 3261 section 14.1: "the session remains as it was".
        ("a refusal", Step::Failure, "-.---- .--"),
        // RFC 3311 section 5.2; pattern 6 of RFC 6337 table 1.
        ("UPDATE with", Step::Update(Present), "Ugtttt ggg"),
        ("UPDATE without", Step::Update(Absent), "====== ==="),
        ("2xx of UPDATE with", Step::UpdateSuccess(Present), "------ --."),
        ("2xx of UPDATE without", Step::UpdateSuccess(Absent), "====== ==e"),
        ("a refused UPDATE", Step::UpdateFailure, "====== ==."),
    ];

    #[track_caller]
    fn expected(code: char, sender: Side, before: OfferAnswer) -> Result<OfferAnswer, Misfit> {
        match code {
            '=' => Ok(before),
            '.' => Ok(Stable),
            'A' => Ok(Asked { of: sender.other() }),
            'I' => Ok(Offered { by: sender, within: Invite }),
            'S' => Ok(Offered { by: sender, within: Success }),
            'U' => Ok(Offered { by: sender, within: Update }),
            'g' => Err(Misfit::Glare),
            't' => Err(Misfit::TooSoon),
            'e' => Err(Misfit::Empty),
            '-' => Err(Misfit::Unexpected),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn every_message_in_every_state_means_what_the_rfcs_say() {
        let mut cases = 0;
        for (message, step, row) in TABLE {
            let codes: Vec<char> = row.chars().filter(|code| *code != ' ').collect();
            assert_eq!(codes.len(), 9, "{message}");
            for sender in [Us, Them] {
                for ((state, before), code) in states(sender).into_iter().zip(&codes) {
                    let after = before.after(sender, step);
                    assert_eq!(after, expected(*code, sender, before), "{message} when {state}");
                    cases += 1;
                }
            }
        }
        assert_eq!(cases, 2 * 9 * 14);
    }

    #[test]
    fn there_are_never_two_offers_and_each_is_answered_at_most_once() {
        // All walks of five messages of either side from the start.
        let mut walks = vec![(Stable, 0_i32)];
        for _ in 0..5 {
            let mut next = Vec::new();
            for (before, open) in &walks {
                for (step, sender) in
                    TABLE.iter().flat_map(|(_, step, _)| [(*step, Us), (*step, Them)])
                {
                    let Ok(after) = before.after(sender, step) else { continue };
                    let opened = matches!(after, Offered { .. }) && *before != after;
                    let closed = matches!(before, Offered { .. }) && *before != after;
                    assert!(!(opened && closed), "{before:?} {step:?} {after:?}");
                    let open = open + i32::from(opened) - i32::from(closed);
                    assert!((0..=1).contains(&open), "{before:?} {step:?} {after:?}");
                    if !next.contains(&(after, open)) {
                        next.push((after, open));
                    }
                }
            }
            walks = next;
        }
        assert_eq!(walks.len(), 9, "every state is reached: {walks:?}");
    }

    #[test]
    fn a_request_that_does_not_fit_has_its_status() {
        assert_eq!(Misfit::Glare.status().as_u16(), 491);
        assert_eq!(Misfit::TooSoon.status().as_u16(), 500);
    }
}
