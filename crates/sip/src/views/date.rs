//! Date.

use core::{fmt, str::FromStr};

use bytes::Bytes;
use nom::{Parser, bytes::complete::take_while_m_n};

use super::grammar::{ParseValueError, parse_whole};
use crate::{
    HeaderError, HeaderName, Headers,
    grammar::{self, Expected, Fault, Miss, Parsed, decimal, separator, sws, token},
    headers::read_only,
    source::Source,
};

/// A point in time as Date has it (RFC 3261 section 20.17, RFC 1123): `Sat, 13 Nov 2010 23:29:00 GMT`.
///
/// Always in GMT: RFC 4475 section 3.1.2.12 has a message with another zone to be told. A day of the week that is
/// not the date's is malformed, too (RFC 2822 section 3.3). Nothing here reads a clock.
///
/// ```
/// use centrala_sip::Date;
/// let date: Date = "Sat, 13 Nov 2010 23:29:00 GMT".parse()?;
/// assert_eq!((date.year(), date.month(), date.day(), date.hour()), (2010, 11, 13, 23));
/// assert_eq!(date.to_unix(), 1_289_690_940);
/// assert_eq!(Date::from_unix(1_289_690_940), Some(date));
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

impl Date {
    /// Makes a date of seconds since 1970-01-01 00:00:00 GMT; `None` outside of the years 0 to 9999.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Option<Self> {
        let (days, in_day) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        // Years that begin in March have the leap day at their end.
        let days = days.checked_add(DAYS_BEFORE_1970)?;
        let (era, in_era) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
        let year_of_era = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
        let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * in_year + 2) / 153;
        let day = in_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        Some(Self {
            year: u16::try_from(year).ok().filter(|year| *year <= MAX_YEAR)?,
            month: u8::try_from(month).ok()?,
            day: u8::try_from(day).ok()?,
            hour: u8::try_from(in_day / 3_600).ok()?,
            minute: u8::try_from(in_day / 60 % 60).ok()?,
            second: u8::try_from(in_day % 60).ok()?,
        })
    }

    /// Parses a date.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the text is not a date of RFC 1123 in GMT.
    pub fn parse(text: &Bytes) -> Result<Self, ParseValueError> {
        parse_whole(text, Self::read)
    }

    /// Returns the seconds since 1970-01-01 00:00:00 GMT.
    #[must_use]
    pub const fn to_unix(self) -> i64 {
        self.days() * DAY + self.hour as i64 * 3_600 + self.minute as i64 * 60 + self.second as i64
    }

    /// Returns the year, 0 to 9999.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// Returns the month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Returns the day of the month, 1 to 31.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Returns the hour, 0 to 23.
    #[must_use]
    pub const fn hour(self) -> u8 {
        self.hour
    }

    /// Returns the minute, 0 to 59.
    #[must_use]
    pub const fn minute(self) -> u8 {
        self.minute
    }

    /// Returns the second, 0 to 59.
    #[must_use]
    pub const fn second(self) -> u8 {
        self.second
    }

    /// Days since 1970-01-01.
    const fn days(self) -> i64 {
        let (month, day) = (self.month as i64, self.day as i64);
        let year = self.year as i64 - (month <= 2) as i64;
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let from_march = (month + 9) % 12;
        let in_year = (153 * from_march + 2) / 5 + day - 1;
        let in_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + in_year;
        era * DAYS_PER_ERA + in_era - DAYS_BEFORE_1970
    }

    fn weekday(self) -> &'static str {
        // 1970-01-01 was a Thursday.
        let index = (self.days() + 3).rem_euclid(7);
        usize::try_from(index).ok().and_then(|index| WEEKDAYS.get(index)).copied().unwrap_or("Mon")
    }

    fn month_name(self) -> &'static str {
        let index = usize::from(self.month).checked_sub(1);
        index.and_then(|index| MONTHS.get(index)).copied().unwrap_or("Jan")
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        grammar::run(date, source.text())
    }
}

impl FromStr for Date {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(&Bytes::copy_from_slice(text.as_bytes()))
    }
}

/// Writes the only form of RFC 3261.
impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
            self.weekday(),
            self.day,
            self.month_name(),
            self.year,
            self.hour,
            self.minute,
            self.second
        )
    }
}

impl Headers {
    /// Returns Date.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn date(&self) -> Result<Date, HeaderError> {
        read_only(self, &HeaderName::DATE, Date::read)
    }
}

/// Reads `wkday "," SP date1 SP time SP "GMT"`. Days of one digit are taken as well; names in any case.
fn date(input: &[u8]) -> Parsed<'_, Date> {
    let (start, ()) = sws(input)?;
    let (rest, weekday) = token(start).map_err(|_| Miss::err(start, Expected::Date))?;
    let (at_day, ()) = separator(b',', Expected::End)(rest)?;
    let (rest, day) = digits(at_day, 1, 2)?;
    let (at_month, ()) = sws(rest)?;
    let (rest, month) = name(at_month, &MONTHS)?;
    let (rest, ()) = sws(rest)?;
    let (rest, year) = digits(rest, 4, 4)?;
    let (rest, ()) = sws(rest)?;
    let (rest, hour) = below(rest, 24)?;
    let (rest, ()) = separator(b':', Expected::Number)(rest)?;
    let (rest, minute) = below(rest, 60)?;
    let (rest, ()) = separator(b':', Expected::Number)(rest)?;
    let (rest, second) = below(rest, 60)?;
    let (rest, ()) = sws(rest)?;
    let (rest, _) = name(rest, &["GMT"])?;
    let number = |_| Miss::err(at_day, Expected::Number);
    let date = Date {
        year: u16::try_from(year).map_err(number)?,
        month: month + 1,
        day: u8::try_from(day).map_err(number)?,
        hour,
        minute,
        second,
    };
    // A day that the month does not have comes back as another one.
    if Date::from_unix(date.to_unix()) != Some(date) {
        return Err(Miss::err(at_day, Expected::Number));
    }
    if !date.weekday().as_bytes().eq_ignore_ascii_case(weekday) {
        return Err(Miss::err(start, Expected::Date));
    }
    Ok((rest, date))
}

fn digits(input: &[u8], min: usize, max: usize) -> Parsed<'_, u32> {
    let miss = || Miss::err(input, Expected::Number);
    let (rest, text) = take_while_m_n(min, max, |byte: u8| byte.is_ascii_digit())
        .parse(input)
        .map_err(|_: nom::Err<Miss<'_>>| miss())?;
    Ok((rest, decimal(text).ok_or_else(miss)?))
}

fn below(input: &[u8], limit: u8) -> Parsed<'_, u8> {
    let (rest, number) = digits(input, 2, 2)?;
    let number = u8::try_from(number).ok().filter(|number| *number < limit);
    number.map(|number| (rest, number)).ok_or_else(|| Miss::err(input, Expected::Number))
}

/// Reads one of some names and tells which.
fn name<'a>(input: &'a [u8], names: &[&str]) -> Parsed<'a, u8> {
    let miss = || Miss::err(input, Expected::Date);
    let (rest, text) = token(input).map_err(|_| miss())?;
    let index = names.iter().position(|name| name.as_bytes().eq_ignore_ascii_case(text));
    Ok((rest, index.and_then(|index| u8::try_from(index).ok()).ok_or_else(miss)?))
}

const DAY: i64 = 86_400;
/// 400 years.
const DAYS_PER_ERA: i64 = 146_097;
/// From 0000-03-01.
const DAYS_BEFORE_1970: i64 = 719_468;
const MAX_YEAR: u16 = 9_999;
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
