//! A small world around a dialogue.

use std::{marker::PhantomData, time::Duration};

use crate::{Dialogue, OperatorOr, WithOperator};

/// What can come to a dialogue from outside, in a world that is small enough to try it all.
pub trait World<D: Dialogue + ?Sized> {
    /// Returns the answers that a question may get. That it fails is tried in any case.
    fn answers(&self, request: &D::Ask) -> Vec<D::Answer>;

    /// Returns the signals that may come at any time.
    fn signals(&self) -> Vec<D::Signal> {
        Vec::new()
    }

    /// Returns how long recordings may be: those that the dialogue tells apart.
    fn lengths(&self) -> Vec<Duration> {
        vec![Duration::ZERO, Duration::from_secs(10)]
    }

    /// Returns what 0 must mean as the first key of every turn that does not take it literally;
    /// `None` for a dialogue that has not been given its 0 yet.
    fn operator(&self) -> Option<D::Label> {
        None
    }
}

/// The same world, around a dialogue that can be left for the operator.
#[derive(Clone, Copy, Debug)]
pub struct OperatorWorld<'a, D, W> {
    inner: &'a W,
    dialogue: PhantomData<D>,
}

impl<'a, D, W> OperatorWorld<'a, D, W> {
    /// Returns the world of a [`WithOperator`].
    #[must_use]
    pub const fn new(inner: &'a W) -> Self {
        Self { inner, dialogue: PhantomData }
    }
}

impl<D: Dialogue, W: World<D>> World<WithOperator<D>> for OperatorWorld<'_, D, W> {
    fn answers(&self, request: &D::Ask) -> Vec<D::Answer> {
        self.inner.answers(request)
    }

    fn signals(&self) -> Vec<D::Signal> {
        self.inner.signals()
    }

    fn lengths(&self) -> Vec<Duration> {
        self.inner.lengths()
    }

    fn operator(&self) -> Option<OperatorOr<D::Label>> {
        Some(OperatorOr::Operator)
    }
}
