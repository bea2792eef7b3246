//! What is told to a store, and what is taken back from it.

use centrala_time::Timestamp;
use core::time::Duration;

use super::{
    BindCause, Binding, Change, LocationRecord, Registrar, RegistrarConfig, RegistrarOutput,
    RequestedContact, StoredBinding,
    binding::{Origin, UserName},
    request::{RegisterRequest, is_printable},
};
use crate::Flow;

/// How bindings are kept over a restart.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Persistence {
    /// What the calendar said when time began for us: the duration from the first of January 1970 to
    /// [`Timestamp::ZERO`].
    pub epoch: Duration,
    /// A refresh is not told to the store as long as that knows the end of the binding this exactly: 10,000 telephones
    /// that refresh every half minute are then half as much to write. What is restored lives longer by as much.
    pub tolerance: Duration,
}

impl Persistence {
    /// Returns the usual tolerance: a minute.
    #[must_use]
    pub const fn new(epoch: Duration) -> Self {
        Self { epoch, tolerance: Duration::from_secs(60) }
    }

    /// Returns whether a store has to hear of it.
    pub(super) fn is_worth_it(&self, bindings: &[Binding], change: Change) -> bool {
        change == Change::Other
            || bindings.iter().any(|binding| {
                !binding.kept_until.is_some_and(|kept| self.is_close(kept, binding.expires_at))
            })
    }

    fn is_close(&self, kept: Timestamp, real: Timestamp) -> bool {
        (kept..=kept + self.tolerance).contains(&real)
    }

    pub(super) fn record(&self, user: &str, bindings: &mut [Binding]) -> LocationRecord {
        let bindings = bindings.iter_mut().map(|binding| {
            // What it knows well enough stays, so that what was added when it was restored is not added again and again.
            let known = binding.kept_until.filter(|kept| self.is_close(*kept, binding.expires_at));
            let kept_until = known.unwrap_or(binding.expires_at);
            binding.kept_until = Some(kept_until);
            StoredBinding {
                contact: binding.contact.clone(),
                flow: binding.flow,
                quality: binding.quality,
                expires: self.epoch.saturating_add(kept_until.since_start()),
                call_id: binding.call_id.to_string(),
                sequence: binding.sequence,
                instance: binding.instance.as_deref().map(str::to_owned),
                reg_id: binding.reg_id,
                paths: binding.paths.to_vec(),
            }
        });
        LocationRecord::new(user.to_owned(), bindings.collect())
    }
}

impl Registrar {
    /// Takes back what a store has kept. A user that has registered since stays as he is.
    ///
    /// What has expired meanwhile is dropped. A calendar that was set back does no harm: nothing lives longer than
    /// [`RegistrarConfig::max_expires`] from now. One that was set forward drops what it believes to be old; those
    /// telephones are back when they refresh. Without [`RegistrarConfig::persistence`] this does nothing.
    pub fn restore(&mut self, records: Vec<LocationRecord>, now: Timestamp) {
        let Some(persistence) = self.config.persistence else { return };
        self.handle_timeout(now);
        let (mut place, count) = (0_u32, u32::try_from(records.len()).unwrap_or(u32::MAX));
        for record in records {
            place = place.saturating_add(1);
            if record.user.is_empty() || self.users.contains_key(record.user.as_str()) {
                continue;
            }
            let stored = record.bindings.len();
            let mut bindings: Vec<Binding> =
                Vec::with_capacity(stored.min(self.config.max_bindings));
            for binding in record.bindings {
                let is_known =
                    bindings.iter().any(|one| one.contact.is_equivalent(&binding.contact));
                if is_known || bindings.len() >= self.config.max_bindings {
                    continue;
                }
                let Some(mut binding) = self.config.restored(&persistence, binding, now) else {
                    continue;
                };
                // Not all ways at once: a second for each, as if they had come one after another.
                if let Some(ping) = &mut binding.ping_at {
                    let interval = self.config.keep_alive.unwrap_or_default();
                    *ping = now + interval.saturating_mul(place) / count.max(1);
                }
                let (user, cause) = (record.user.clone(), BindCause::Restored);
                let told = binding.clone();
                self.outputs.push_back(RegistrarOutput::Bound { user, binding: told, cause });
                bindings.push(binding);
            }
            let is_whole = stored > 0 && bindings.len() == stored;
            let change = if is_whole { Change::Lifetime } else { Change::Other };
            self.keep(UserName::from(record.user), bindings, change);
        }
    }
}

impl RegistrarConfig {
    /// Returns a binding as it is now; `None` if it has ended, or is none that would have been accepted.
    fn restored(
        &self,
        persistence: &Persistence,
        stored: StoredBinding,
        now: Timestamp,
    ) -> Option<Binding> {
        let today = persistence.epoch.saturating_add(now.since_start());
        let known = stored.expires.saturating_sub(today);
        let left = stored.expires.saturating_add(persistence.tolerance).saturating_sub(today);
        let kept_until = (left <= self.max_expires).then_some(now + known);
        let left = left.min(self.max_expires);
        let is_sane = !left.is_zero()
            && stored.contact.as_str().len() <= RegisterRequest::MAX_URI
            && stored.call_id.len() <= RegisterRequest::MAX_CALL_ID
            && stored.paths.len() <= RegisterRequest::MAX_PATHS
            && stored.paths.iter().all(|path| path.as_bytes().len() <= RegisterRequest::MAX_PATH);
        if !is_sane {
            return None;
        }
        let is_name =
            |text: &String| is_printable(text) && text.len() <= RegisterRequest::MAX_INSTANCE;
        let contact = RequestedContact {
            uri: stored.contact,
            quality: stored.quality.min(1_000),
            expires: None,
            instance: stored.instance.filter(is_name),
            reg_id: stored.reg_id,
        };
        // The connection has ended with the process that had it.
        let way = Flow::to(stored.flow.carrier(), stored.flow.remote());
        let flow = stored.flow.interface().map_or(way, |id| way.with_interface(id));
        let (call_id, sequence, paths) = (&*stored.call_id, stored.sequence, &*stored.paths);
        let origin = Origin { call_id, sequence, flow, paths };
        let mut binding = Binding::new(contact, &origin, now + left);
        binding.kept_until = kept_until;
        binding.ping_at = self.next_keep_alive(&binding, now);
        Some(binding)
    }
}
