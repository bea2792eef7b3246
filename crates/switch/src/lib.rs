//! The exchange: parties, journeys and bridges, without SIP, sockets or clocks.
//!
//! An [`Exchange`] carries the calls of a company. It knows *legs* (one party's connection, however
//! it is carried) and the company's plan ([`Office`](centrala_office::Office)); it decides who rings, who speaks with whom,
//! what a caller hears, and where she goes when nobody answers. What must be done comes out as an
//! [`Output`]; what happened goes in as an [`Input`].
//!
//! The bearer of the promise that nobody is lost is a *journey*: one caller's way through the
//! company, from place to place, each step taken by
//! [`routing::next`](centrala_office::routing::next) and by nothing else.
//!
//! ```text
//!                  ┌────────────▶ Ringing ──answered──▶ Talking ──▶ either hangs up
//!   a call comes ──┤               ▲    │ nobody answers
//!                  ▼               │    ▼
//!         Attending, Informing ◀───┴─▶ LeavingMessage ──▶ kept, goodbye
//!         (menu)     (announcement)     │ 0, an extension, or no message possible
//!                  ▲                    ▼
//!                  └──────────── led on: operator, mailbox, apology
//! ```
//!
//! A call is answered (SIP 200) only when a person or a voice answers it; until then the caller
//! hears it ring (SIP 180). 0 leads to the operator from everywhere, also while it rings.
//!
//! # Example
//!
//! A caller presses 1 for sales, Sally's telephone rings, she answers, they talk.
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//!
//! use centrala_keys::Key;
//! use centrala_office::Office;
//! use centrala_switch::{Caller, Exchange, ExchangeConfig, Input, LegId, Origin, Output};
//! use centrala_time::Timestamp;
//!
//! let office = Office::compile(
//!     r#"
//!     company = { name = "Acme", operator = "person 201" }
//!     entry = [{ number = "+15550100", go = "menu main" }]
//!     person = [{ name = "Sally", extension = "201" }]
//!     trunk = [{ name = "telco", addresses = ["192.0.2.1"], numbers = ["+15550100"] }]
//!     [menu.main]
//!     greeting = "Welcome to Acme."
//!     options.1 = { say = "For sales", go = "person 201" }
//!     "#,
//!     "office.toml",
//! )?;
//! let mut exchange = Exchange::new(ExchangeConfig::default(), Arc::new(office));
//! let mut now = Timestamp::ZERO;
//! let mut orders = |exchange: &mut Exchange| -> Vec<Output> {
//!     let all = std::iter::from_fn(|| exchange.poll_output());
//!     all.filter(|output| !matches!(output, Output::Log(_))).collect()
//! };
//!
//! let caller = LegId::incoming(1);
//! let incoming = Input::Incoming {
//!     leg: caller,
//!     caller: Caller::new("+15559876"),
//!     from: Origin::Trunk("telco".to_owned()),
//!     called: "+15550100".to_owned(),
//! };
//! exchange.handle_input(incoming, now);
//! let [Output::Answer { .. }, Output::Play { .. }] = &orders(&mut exchange)[..] else { panic!() };
//!
//! now += Duration::from_secs(2);
//! exchange.handle_input(Input::Onset { leg: caller }, now);
//! exchange.handle_input(Input::Key { leg: caller, key: Key::One }, now);
//! let [Output::StopPlaying { .. }, Output::Call { leg: sally, user, .. }, Output::Play { .. }] =
//!     &orders(&mut exchange)[..]
//! else { panic!() };
//! assert_eq!(&**user, "201");
//!
//! now += Duration::from_secs(5);
//! exchange.handle_input(Input::Answered { leg: *sally }, now);
//! let [Output::StopPlaying { .. }, Output::Bridge { a, b }] = &orders(&mut exchange)[..]
//! else { panic!() };
//! assert_eq!((a, b), (&caller, sally));
//! # Ok::<(), centrala_office::OfficeErrors>(())
//! ```
//!
//! # Driving it
//!
//! Feed one thing, drain [`poll_output`](Exchange::poll_output) to `None`, sleep until
//! [`poll_timeout`](Exchange::poll_timeout) or the next input. The owner keeps the clock and makes
//! these promises, each said in full at its [`Input`] and [`Output`]:
//!
//! - an incoming leg gets a number that no living leg has;
//! - each [`Output::Call`] is answered, fails, or is told to hang up; it is one leg however many
//!   telephones ring for it;
//! - each [`Output::Play`] that is neither stopped nor replaced is reported as finished once;
//! - each [`Output::Record`] is reported as recorded once, after a hang-up too;
//! - each [`Output::Store`] is answered once, or never: the exchange does not wait for ever.
//!
//! A broken promise costs one caller a delay, never the exchange its order: inputs that make no
//! sense do nothing.
//!
//! To shut down, feed [`Input::Drain`] and go on until [`is_idle`](Exchange::is_idle). To change
//! the plan, call [`use_office`](Exchange::use_office): running calls keep the one they began in.
//!
//! Not here: SIP (see `ua`), sound (`media`, `speech`), registration, and the files of messages.

mod config;
mod conversation;
mod event;
mod exchange;
mod hunt;
mod input;
mod journey;
mod leg;
mod mailbox_scene;
mod output;
mod phrases;
mod plan;
pub mod proof;
mod scene;
mod stage;
mod switchboard;

pub use config::ExchangeConfig;
pub use event::{Ending, JourneyEvent, JourneyStep};
pub use exchange::Exchange;
pub use input::{Input, Stored};
pub use leg::{Caller, Cause, JourneyId, LegId, MAX_IDENTITY_LEN, Origin, PlayId, Refusal};
pub use output::{Movement, Output};
pub use phrases::PHRASES;
