//! Edits of single header lines.

use alloc::{borrow::Cow, vec::Vec};
use core::net::IpAddr;

use memchr::memchr2;

use super::{Header, Headers, Index, Origin, Slot, write_line};
use crate::{
    HeaderError, HeaderName, NameAddr, Via,
    grammar::{Decimal, Span, is_safe_value, trim, unfold},
    header_name::HeaderId,
};

/// Why a header was not edited.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditHeaderError {
    /// The value has a CR, LF or NUL.
    #[error("a value of {0} must not have CR, LF or NUL")]
    UnsafeValue(HeaderName),
    /// Content-Length follows the body; set that.
    #[error("Content-Length cannot be set by hand")]
    ContentLength,
    /// The message would exceed 4 GB.
    #[error("the header is too long")]
    TooLong,
    /// Max-Forwards is 0 already.
    #[error("no hop is left")]
    NoHopLeft,
    /// The header to edit cannot be read.
    #[error(transparent)]
    Unreadable(#[from] HeaderError),
}

impl Headers {
    /// Puts a header before all others of its name, or at the end if there is none.
    ///
    /// # Errors
    ///
    /// [`EditHeaderError`] if the value has CR, LF or NUL, or the name is Content-Length.
    pub fn push_front(
        &mut self,
        name: &HeaderName,
        value: impl AsRef<[u8]>,
    ) -> Result<(), EditHeaderError> {
        let position = self.place(name).unwrap_or(self.slots.len());
        self.insert(position, name, value.as_ref())
    }

    /// Puts a header after all others of its name, or at the end if there is none.
    ///
    /// # Errors
    ///
    /// As [`Headers::push_front`].
    pub fn append(
        &mut self,
        name: &HeaderName,
        value: impl AsRef<[u8]>,
    ) -> Result<(), EditHeaderError> {
        let last = self.slots.iter().rposition(|slot| self.of(slot).is(name));
        let position = last.map_or(self.slots.len(), |last| last + 1);
        self.insert(position, name, value.as_ref())
    }

    /// Replaces the first header of that name and removes its repetitions; appends it if there is none.
    ///
    /// # Errors
    ///
    /// As [`Headers::push_front`].
    pub fn set(
        &mut self,
        name: &HeaderName,
        value: impl AsRef<[u8]>,
    ) -> Result<(), EditHeaderError> {
        let Some(first) = self.place(name) else { return self.append(name, value) };
        self.replace(first, name, value.as_ref())?;
        if self.is_repeated(name) {
            self.keep(|place, header| place <= first || !header.is(name));
        }
        Ok(())
    }

    /// Removes all headers of that name and returns how many there were. Content-Length stays.
    pub fn remove(&mut self, name: &HeaderName) -> usize {
        if name.id() == HeaderId::CONTENT_LENGTH {
            return 0;
        }
        let before = self.slots.len();
        self.keep(|_, header| !header.is(name));
        before - self.slots.len()
    }

    /// Adds a Via on top, as a client transaction does before it sends (RFC 3261 section 18.1.1).
    ///
    /// # Errors
    ///
    /// [`EditHeaderError::TooLong`] only.
    pub fn push_via(&mut self, via: &Via) -> Result<(), EditHeaderError> {
        // On top of everything if there is no Via: routers read it first.
        let position = self.place(&HeaderName::VIA).unwrap_or(0);
        self.put(position, &HeaderName::VIA, &unfold(via.as_bytes()), Put::InsertParsed)
    }

    /// Removes the topmost Via, as a proxy does with a response (RFC 3261 section 16.7).
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if there is none or it cannot be read.
    pub fn pop_via(&mut self) -> Result<Via, EditHeaderError> {
        let via = self.via()?;
        self.pop_value(&HeaderName::VIA, via.as_bytes().len())?;
        Ok(via)
    }

    /// Replaces the topmost Via; those behind it in the same line stay.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if there is none or it cannot be read.
    pub fn set_top_via(&mut self, via: &Via) -> Result<(), EditHeaderError> {
        let old = self.via()?;
        let rest = self.after_value(&HeaderName::VIA, old.as_bytes().len());
        let mut value = unfold(via.as_bytes()).into_owned();
        if !rest.is_empty() {
            value.extend_from_slice(b", ");
            value.extend_from_slice(&rest);
        }
        let position = self.place(&HeaderName::VIA).unwrap_or(0);
        self.put(position, &HeaderName::VIA, &value, Put::ReplaceParsed)
    }

    /// Writes into the topmost Via where the request came from: `received` if that is not what the sent-by says
    /// (RFC 3261 section 18.2.1) or `rport` is asked for, and the value of `rport` (RFC 3581 section 4). A `received`
    /// that the sender wrote is replaced: responses are sent there (RFC 3261 section 18.2.2).
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if there is no Via or it cannot be read.
    pub fn stamp_top_via(&mut self, address: IpAddr, port: u16) -> Result<(), EditHeaderError> {
        let via = self.via()?;
        let wants_port = via.rport().is_some();
        let differs =
            via.host().to_ip() != Some(address.to_canonical()) || via.params().has("received");
        if !wants_port && !differs {
            return Ok(());
        }
        let mut stamped = via.with_received(address.to_canonical());
        if wants_port {
            stamped = stamped.with_rport_value(port);
        }
        self.set_top_via(&stamped)
    }

    /// Removes the topmost Route.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if there is none or it cannot be read.
    pub fn pop_route(&mut self) -> Result<NameAddr, EditHeaderError> {
        let name = HeaderName::ROUTE;
        let route = self.routes().next().unwrap_or(Err(HeaderError::Absent(HeaderName::ROUTE)))?;
        self.pop_value(&name, route.as_bytes().len())?;
        Ok(route)
    }

    /// Takes one from Max-Forwards and returns what is left; a request without one gets 70 (RFC 3261 section
    /// 16.6, step 3).
    ///
    /// # Errors
    ///
    /// [`EditHeaderError::NoHopLeft`] if it is 0, [`HeaderError`] if it cannot be read.
    pub fn decrement_max_forwards(&mut self) -> Result<u32, EditHeaderError> {
        let left = match self.max_forwards() {
            Ok(hops) => hops.checked_sub(1).ok_or(EditHeaderError::NoHopLeft)?,
            Err(HeaderError::Absent(_)) => DEFAULT_MAX_FORWARDS,
            Err(error @ (HeaderError::Malformed { .. } | HeaderError::Repeated(_))) => {
                return Err(error.into());
            }
        };
        self.set(&HeaderName::MAX_FORWARDS, Decimal::of(left))?;
        Ok(left)
    }

    pub(crate) fn set_content_length(&mut self, length: usize) -> Result<(), EditHeaderError> {
        let name = HeaderName::CONTENT_LENGTH;
        let value = Decimal::of(u32::try_from(length).map_err(|_| EditHeaderError::TooLong)?);
        let value = value.as_ref();
        match self.place(&name) {
            Some(position) => self.put(position, &name, value, Put::Replace),
            None => self.put(self.slots.len(), &name, value, Put::Insert),
        }
    }

    /// What follows the first value of a comma list and its comma, without folds.
    fn after_value(&self, name: &HeaderName, length: usize) -> Cow<'_, [u8]> {
        let Some(header) = self.find(name) else { return Cow::Borrowed(b"") };
        let value = header.value();
        let rest = trim(value.get(length..).unwrap_or_default());
        unfold(trim(rest.strip_prefix(b",").unwrap_or_default()))
    }

    fn pop_value(&mut self, name: &HeaderName, length: usize) -> Result<(), EditHeaderError> {
        let rest = self.after_value(name, length).into_owned();
        let position = self.place(name).unwrap_or(self.slots.len());
        if rest.is_empty() {
            if position < self.slots.len() {
                self.slots.remove(position);
                self.index = Index::of(&self.slots);
            }
            return Ok(());
        }
        self.put(position, name, &rest, Put::ReplaceParsed)
    }

    fn insert(
        &mut self,
        position: usize,
        name: &HeaderName,
        value: &[u8],
    ) -> Result<(), EditHeaderError> {
        if name.id() == HeaderId::CONTENT_LENGTH {
            return Err(EditHeaderError::ContentLength);
        }
        self.put(position, name, value, Put::Insert)
    }

    fn replace(
        &mut self,
        position: usize,
        name: &HeaderName,
        value: &[u8],
    ) -> Result<(), EditHeaderError> {
        if name.id() == HeaderId::CONTENT_LENGTH {
            return Err(EditHeaderError::ContentLength);
        }
        self.put(position, name, value, Put::Replace)
    }

    fn put(
        &mut self,
        position: usize,
        name: &HeaderName,
        value: &[u8],
        put: Put,
    ) -> Result<(), EditHeaderError> {
        let value = trim(value);
        let start = self.edits.len();
        let value_start = start + name.as_str().len() + 2;
        let end = value_start + value.len() + 2;
        let end = u32::try_from(end).map_err(|_| EditHeaderError::TooLong)?;
        if start == 0 {
            self.edits.reserve(USUAL_EDITS);
        }
        if !put.takes(value) {
            return Err(EditHeaderError::UnsafeValue(name.clone()));
        }
        write_line(&mut self.edits, name, value);
        let slot = Slot {
            id: name.id(),
            origin: Origin::Edited,
            name_len: u16::try_from(name.as_str().len()).map_err(|_| EditHeaderError::TooLong)?,
            start: Span::new(start, start).first(),
            value: Span::new(value_start, value_start + value.len()),
            end,
        };
        match (put, self.slots.get_mut(position)) {
            // The same name in the same place: the index stays.
            (Put::Replace | Put::ReplaceParsed, Some(old)) => {
                *old = slot;
                return Ok(());
            }
            (Put::Insert | Put::InsertParsed, Some(_)) => self.slots.insert(position, slot),
            (_, None) => self.slots.push(slot),
        }
        self.index = Index::of(&self.slots);
        Ok(())
    }

    /// Removes the headers which do not pass; the place counts from 0.
    fn keep(&mut self, pass: impl Fn(usize, Header<'_>) -> bool) {
        let slots = core::mem::take(&mut self.slots);
        let passes: Vec<bool> =
            slots.iter().enumerate().map(|(place, slot)| pass(place, self.of(slot))).collect();
        let kept = slots.into_iter().zip(passes).filter(|(_, passes)| *passes);
        self.slots = kept.map(|(slot, _)| slot).collect();
        self.index = Index::of(&self.slots);
    }
}

#[derive(Clone, Copy)]
enum Put {
    Insert,
    Replace,
    /// What was parsed and unfolded: a NUL in a quoted string is its sender's affair.
    InsertParsed,
    ReplaceParsed,
}

impl Put {
    fn takes(self, value: &[u8]) -> bool {
        match self {
            Self::Insert | Self::Replace => is_safe_value(value),
            Self::InsertParsed | Self::ReplaceParsed => memchr2(b'\r', b'\n', value).is_none(),
        }
    }
}

/// Octets of the lines that a proxy writes, mostly.
const USUAL_EDITS: usize = 192;

/// RFC 3261 section 8.1.1.6.
const DEFAULT_MAX_FORWARDS: u32 = 70;
