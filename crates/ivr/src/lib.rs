//! Menus of an automatic attendant: what they offer, and their conversation.
//!
//! A [`Menu`] speaks its options from the same entries that route them, so it cannot offer a key
//! that does nothing. Extensions can be dialled in it at any moment. A caller who presses nothing,
//! or wrong keys, is helped, and after some attempts handed on; a menu never hangs up. 0 is not an
//! option: [`WithOperator`](centrala_dialogue::WithOperator) gives it to every turn.
//!
//! [`MenuDialogue`] is the conversation with one caller. [`MenuGraph`] joins menus that lead to
//! menus, and proves that none of them leads nowhere.
//!
//! Not here: where a call goes when the menu is over (that is routing), and sound.
//!
//! # Example
//!
//! A caller listens to the whole offer, hesitates, and then dials Sally's extension. Sounds are
//! "played" by printing them.
//!
//! ```
//! use centrala_dialogue::{Escaped, Input, Output, Phrase, Runner, TimerKind, WithOperator};
//! use centrala_ivr::{Menu, MenuDialogue, MenuOutcome};
//! use centrala_keys::Key;
//!
//! let mut menu = Menu::new([Phrase::text("Thank you for calling Acme Widgets.")]);
//! menu.offer(Key::One, Phrase::text("For sales"), "sales")?;
//! menu.offer(Key::Two, Phrase::text("For support"), "support")?;
//! menu.dial("101".parse()?, "Sally Jones")?;
//!
//! let mut runner = Runner::new(WithOperator::new(MenuDialogue::new(menu)));
//! let mut reached = None;
//! let mut drain = |runner: &mut Runner<_>| {
//!     while let Some(output) = runner.poll_output() {
//!         match output {
//!             Output::Play(phrases) => println!("plays {phrases:?}"),
//!             Output::StopPlaying => println!("stops"),
//!             Output::Start(timer, after) => println!("starts {timer:?}: {after:?}"),
//!             Output::End(outcome) => reached = Some(outcome),
//!             _ => {}
//!         }
//!     }
//! };
//!
//! runner.begin();
//! drain(&mut runner);
//! runner.handle_input(Input::PlaybackFinished);
//! drain(&mut runner);
//! // Five seconds later nothing was pressed: the menu helps, and offers all again.
//! runner.handle_input(Input::Fired(TimerKind::FirstKey));
//! drain(&mut runner);
//! for key in [Key::One, Key::Zero, Key::One] {
//!     runner.handle_input(Input::Key(key));
//!     drain(&mut runner);
//! }
//! assert_eq!(reached, Some(Escaped::Ended(MenuOutcome::Chosen("Sally Jones"))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Words
//!
//! What menus say on their own stands in [`PHRASES`]; greetings and options are the plan's.

mod graph;
mod graph_dialogue;
mod menu;
mod menu_dialogue;
mod wording;

pub use graph::{GraphErrors, GraphFault, MenuGraph, Way};
pub use graph_dialogue::GraphDialogue;
pub use menu::{Keyed, Menu, MenuOption, OfferError};
pub use menu_dialogue::{MenuDialogue, MenuOutcome, WhyGaveUp};
pub use wording::PHRASES;
