//! How and when a company wants to be advised, as read.

use jiff::civil;
use serde::{Deserialize, Serialize};

use crate::desk::mail::hidden;

/// How and when the company wants to be advised.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wishes {
    /// Online or in person, when said; where `either` holds, the one that is preferred.
    pub method: Option<Method>,
    /// Both methods suit: 「どちらでも可」, 「できれば対面、難しければオンライン」.
    #[serde(default)]
    pub either: bool,
    /// Candidate dates in the order of writing.
    pub dates: Vec<Candidate>,
    /// Dates named as impossible, one per day.
    pub excluded: Vec<Excluded>,
    /// What looks like a date and was not understood for sure.
    #[serde(default)]
    pub doubts: Vec<Doubt>,
    /// Single days of an earlier mail are changed or added to (「8/24を8/25に変更してください」); its other days stand.
    #[serde(default)]
    pub amends: bool,
}

impl Wishes {
    /// Whether the method is known: one of them, or that both suit.
    pub fn knows_method(&self) -> bool {
        self.method.is_some() || self.either
    }

    /// Whether days are named, suiting or not, or asked back.
    pub(super) fn names_days(&self) -> bool {
        !(self.dates.is_empty() && self.excluded.is_empty() && self.doubts.is_empty())
    }

    /// Takes these words out of the sender's own ones.
    pub(super) fn hide(&mut self, words: &[String]) {
        let dates = self.dates.iter_mut().map(|it| &mut it.raw);
        let excluded = self.excluded.iter_mut().map(|it| &mut it.raw);
        for raw in dates.chain(excluded).chain(self.doubts.iter_mut().map(|it| &mut it.raw)) {
            *raw = hidden(raw, words);
        }
    }

    /// Takes what a later mail says; what it does not say again stays. Doubts are each mail's own, and are not taken.
    pub fn renew(&mut self, later: &Wishes) {
        if later.knows_method() {
            (self.method, self.either) = (later.method, later.either);
        }
        let replaces = !later.dates.is_empty() && !later.amends;
        self.amends =
            if self.dates.is_empty() && self.excluded.is_empty() { later.amends } else { self.amends && !replaces };
        if replaces && !later.excluded.is_empty() {
            self.excluded.clear();
        }
        let known = if replaces { Vec::new() } else { std::mem::take(&mut self.dates) };
        let ruled_out = |it: &Candidate| later.excluded.iter().any(|no| no.date == it.start.date());
        // a day that takes the place of another one takes its rank
        let place = known.iter().position(ruled_out).unwrap_or(known.len());
        let mut dates: Vec<Candidate> = known.into_iter().filter(|it| !ruled_out(it)).collect();
        for (nth, it) in later.dates.iter().enumerate() {
            dates.retain(|known| (known.start, known.end) != (it.start, it.end));
            dates.insert((place + nth).min(dates.len()), it.clone());
        }
        for (nth, it) in dates.iter_mut().enumerate() {
            it.rank = u32::try_from(nth + 1).unwrap_or(u32::MAX);
        }
        let wished = |day: civil::Date| later.dates.iter().any(|it| it.start.date() == day);
        self.excluded.retain(|it| !wished(it.date) && later.excluded.iter().all(|no| no.date != it.date));
        self.excluded.extend(later.excluded.iter().cloned());
        self.dates = dates;
    }
}

/// The advice method (アドバイス方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// オンライン (ZOOM, Teams, WEB).
    Online,
    /// 対面 (訪問, 来社).
    InPerson,
}

/// One candidate date (日時候補), in Japan's time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// 1 is the first wish; the order of writing.
    pub rank: u32,
    /// Start, Japan's time.
    #[serde(with = "jst")]
    pub start: civil::DateTime,
    /// End, Japan's time.
    #[serde(with = "jst")]
    pub end: civil::DateTime,
    /// The sender's own words.
    pub raw: String,
}

/// A day the company cannot take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The day.
    pub date: civil::Date,
    /// The sender's own words.
    pub raw: String,
}

/// A date-like piece that has to be asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// The sender's own words.
    pub raw: String,
    /// What is unsure.
    pub why: DoubtWhy,
}

/// Why a date is asked about instead of guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoubtWhy {
    /// The weekday written does not belong to the date.
    Weekday,
    /// The day does not exist, or the time is impossible.
    Impossible,
    /// Understood, but not between the day of the reply and the end of the window.
    Outside,
    /// Not understood.
    Unclear,
}

/// Civil times of Japan as RFC 3339 with the fixed offset `+09:00` (Japan has had no summer time since 1952).
pub mod jst {
    use jiff::civil::DateTime;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    /// Writes `2022-08-24T13:00:00+09:00`.
    pub fn serialize<S: Serializer>(it: &DateTime, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&it.strftime("%Y-%m-%dT%H:%M:%S+09:00").to_string())
    }

    /// Reads what [`serialize`] writes.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime, D::Error> {
        let text = String::deserialize(from)?;
        let civil = text.strip_suffix("+09:00").ok_or_else(|| D::Error::custom("not +09:00"))?;
        civil.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_among_the_sender_s_words_is_hidden_and_the_day_stays() {
        let day = civil::date(2022, 8, 24);
        let raw = "①8/24 k7#Mz2Qp 13:00".to_owned();
        let date = Candidate { rank: 1, start: day.at(13, 0, 0, 0), end: day.at(16, 0, 0, 0), raw: raw.clone() };
        let mut wishes = Wishes {
            dates: vec![date.clone()],
            excluded: vec![Excluded { date: day, raw: raw.clone() }],
            doubts: vec![Doubt { raw, why: DoubtWhy::Unclear }],
            ..Wishes::default()
        };
        wishes.hide(&["k7#Mz2Qp".to_owned()]);
        let hidden = "①8/24 ＊＊＊＊ 13:00";
        assert_eq!(wishes.dates, [Candidate { raw: hidden.to_owned(), ..date }]);
        assert_eq!((wishes.excluded[0].raw.as_str(), wishes.doubts[0].raw.as_str()), (hidden, hidden));
    }
}
