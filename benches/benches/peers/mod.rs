//! Other SIP libraries as parsers under measurement, each used the way its documentation shows.

use bytes::Bytes;
use centrala_benches::{Centrala, Job, Task, task};

use self::{ezk::Ezk, rsip::Rsip, rsipstack::Rsipstack, rvoip::Rvoip, sipx::Sipx};

mod ezk;
mod rsip;
mod rsipstack;
mod rvoip;
mod sipx;

/// One job of everybody, ours first.
pub(crate) fn tasks(job: Job, messages: &[Bytes]) -> [Task; 6] {
    [
        task::<Centrala>(job, messages),
        task::<Rsipstack>(job, messages),
        task::<Sipx>(job, messages),
        task::<Ezk>(job, messages),
        task::<Rsip>(job, messages),
        task::<Rvoip>(job, messages),
    ]
}
