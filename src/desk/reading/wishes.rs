//! How and when a company wants to be advised, as read.

use jiff::civil;
use serde::{Deserialize, Serialize};

use crate::desk::{mail::hidden, schedule::SESSION_MINUTES};

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
    /// What its days are to those of earlier mails.
    #[serde(default)]
    pub scope: Scope,
    /// A day was asked back, and the next mail may answer just that.
    #[serde(default)]
    pub asked_back: bool,
    /// Of joined mails, a later one changes days of an earlier one, and it is not sure which.
    #[serde(default)]
    pub unsure: bool,
}

impl Wishes {
    /// Whether the method is known: one of them, or that both suit.
    pub fn knows_method(&self) -> bool {
        self.method.is_some() || self.either
    }

    /// Whether days are named, suiting or not, or asked back.
    pub fn names_days(&self) -> bool {
        !(self.dates.is_empty() && self.excluded.is_empty() && self.doubts.is_empty())
    }

    /// Whether days are named on which advice can take place.
    pub fn knows_days(&self) -> bool {
        !self.dates.is_empty() && !self.are_too_short()
    }

    /// Whether days are named, all of them with less time than advice takes. One that is long enough does.
    pub fn are_too_short(&self) -> bool {
        !self.dates.is_empty() && self.dates.iter().all(Candidate::is_too_short)
    }

    /// Takes these words out of the sender's own ones.
    pub(super) fn hide(&mut self, words: &[String]) {
        let dates = self.dates.iter_mut().map(|it| &mut it.raw);
        let excluded = self.excluded.iter_mut().map(|it| &mut it.raw);
        for raw in dates.chain(excluded).chain(self.doubts.iter_mut().map(|it| &mut it.raw)) {
            *raw = hidden(raw, words);
        }
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
    /// No month was written: 「25日」 may mean a day that is known from an earlier mail.
    #[serde(default)]
    pub open_month: bool,
    /// No hours were written: of a known day they stay.
    #[serde(default)]
    pub open_hours: bool,
    /// It takes the place of the known day of that rank: 「第2希望を12/16に変更」.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_rank: Option<u32>,
}

impl Candidate {
    /// Whether it ends sooner than advice does; a start alone has no end (「13時から」).
    pub fn is_too_short(&self) -> bool {
        self.end.duration_since(self.start).as_mins() < i64::from(SESSION_MINUTES)
    }
}

/// A day the company cannot take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The day.
    pub date: civil::Date,
    /// The sender's own words.
    pub raw: String,
    /// No month was written, as of a [`Candidate`].
    #[serde(default)]
    pub open_month: bool,
}

/// What the days of a mail are to those of earlier mails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Nothing says it.
    #[default]
    Unsaid,
    /// They are all: 「候補日を以下に変更」, a questionnaire's 第1希望 to 第3希望.
    All,
    /// Others take their place, perhaps all: 「日程を変更したく、12/14でお願いします」.
    Anew,
    /// They come to the others: 「12/15も可能です」.
    More,
    /// They take the place of single ones: 「8/24を8/25に変更」.
    Single,
    /// Others stay: 「残りは変わりません」.
    Stays,
    /// Only a part is left, of a day or of the days: 「4日は午前だけに」.
    Only,
    /// Nothing else is left, and that is said: 「4日のみでお願いします」, 「4日以外は不可」.
    Just,
    /// More than one of these: 「12/4→12/7」.
    Unclear,
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
        let (start, end) = (day.at(13, 0, 0, 0), day.at(16, 0, 0, 0));
        let date =
            Candidate { rank: 1, start, end, raw: raw.clone(), open_month: false, open_hours: false, in_rank: None };
        let mut wishes = Wishes {
            dates: vec![date.clone()],
            excluded: vec![Excluded { date: day, raw: raw.clone(), open_month: false }],
            doubts: vec![Doubt { raw, why: DoubtWhy::Unclear }],
            ..Wishes::default()
        };
        wishes.hide(&["k7#Mz2Qp".to_owned()]);
        let hidden = "①8/24 ＊＊＊＊ 13:00";
        assert_eq!(wishes.dates, [Candidate { raw: hidden.to_owned(), ..date }]);
        assert_eq!((wishes.excluded[0].raw.as_str(), wishes.doubts[0].raw.as_str()), (hidden, hidden));
    }
}
