//! What a later mail makes of the days that are known. A day is taken away only where that is said of it, or of all of them;
//! whatever else would lose one is for a person.

use jiff::civil::Date;

use super::wishes::{Candidate, Excluded, Scope, Wishes};

impl Wishes {
    /// Takes what a later mail says; what it does not say again stays. Whether that was sure: if not, the known days stand as
    /// they were, and a person has to read the mail.
    #[must_use]
    pub fn renew(&mut self, later: &Wishes) -> bool {
        let days = if later.names_days() { Some(self.changed_by(later)) } else { None };
        // of a mail whose days are not sure, how they are meant is not either: 「12/15はZoom、12/8は対面」
        if let Some(None) = days {
            return false;
        }
        if later.knows_method() {
            (self.method, self.either) = (later.method, later.either);
        }
        let Some((dates, excluded)) = days.flatten() else { return !later.unsure };
        if (self.dates.is_empty() && self.excluded.is_empty()) || later.scope == Scope::All {
            self.scope = later.scope;
        }
        self.asked_back = !later.doubts.is_empty();
        (self.dates, self.excluded) = (dates, excluded);
        for (nth, it) in self.dates.iter_mut().enumerate() {
            it.rank = u32::try_from(nth + 1).unwrap_or(u32::MAX);
        }
        !later.unsure
    }

    /// The days as they are with what a later mail says; `None` where that is not sure.
    fn changed_by(&self, later: &Wishes) -> Option<(Vec<Candidate>, Vec<Excluded>)> {
        let (new, no) = self.meant_by(later)?;
        let dates = if self.dates.is_empty() {
            new.clone()
        } else {
            Change::of(self, &new, &no)?.days(later.scope, self.asked_back)?
        };
        let is_new = |date: Date| new.iter().any(|it| it.start.date() == date);
        let ends_all = later.scope == Scope::All && !new.is_empty() && !no.is_empty();
        let stays = |it: &&Excluded| !ends_all && !is_new(it.date) && no.iter().all(|no| no.date != it.date);
        let ruled_out = no.iter().filter(|it| !dates.iter().any(|day| day.start.date() == it.date));
        let excluded = self.excluded.iter().filter(stays).chain(ruled_out).cloned().collect();
        Some((dates, excluded))
    }

    /// The days of a later mail, where known ones help to understand them: a day without its month, a known day without hours.
    fn meant_by(&self, later: &Wishes) -> Option<(Vec<Candidate>, Vec<Excluded>)> {
        let mut new: Vec<Candidate> = Vec::new();
        for it in &later.dates {
            let date = self.day_meant(it.start.date(), it.open_month)?;
            let mut it = it.clone();
            (it.start, it.end) = (date.to_datetime(it.start.time()), date.to_datetime(it.end.time()));
            let known = || self.dates.iter().filter(|known| known.start.date() == date).cloned();
            if it.open_hours && known().next().is_some() {
                new.extend(known().filter(|it| !is_among(&new, it)).collect::<Vec<_>>());
            } else {
                new.push(it);
            }
        }
        let mut no = Vec::new();
        for it in &later.excluded {
            no.push(Excluded { date: self.day_meant(it.date, it.open_month)?, ..it.clone() });
        }
        Some((new, no))
    }

    /// The known day of that number, where no month was written; else the day as it was read, where no other month is talked
    /// of.
    fn day_meant(&self, read: Date, open_month: bool) -> Option<Date> {
        let wished: Vec<Date> = self.dates.iter().map(|it| it.start.date()).collect();
        let ruled_out: Vec<Date> = self.excluded.iter().map(|it| it.date).collect();
        if !open_month || wished.contains(&read) || (wished.is_empty() && ruled_out.is_empty()) {
            return Some(read);
        }
        for known in [&wished, &ruled_out] {
            let mut same = known.iter().filter(|it| it.day() == read.day());
            if let Some(first) = same.next() {
                return same.all(|it| it == first).then_some(*first);
            }
        }
        let mut known = wished.iter().chain(&ruled_out);
        known.any(|it| it.first_of_month() == read.first_of_month()).then_some(read)
    }
}

/// So few days that are ruled out may be meant as days that are known; more are holidays.
const FEW: usize = 3;

/// Known days beside those of a later mail.
struct Change<'a> {
    /// All that are known.
    known: &'a [Candidate],
    /// Those that are ruled out now.
    gone: Vec<Candidate>,
    /// The others.
    kept: Vec<Candidate>,
    /// Days the later mail wishes for.
    new: &'a [Candidate],
    /// How many it rules out.
    ruled_out: usize,
}

impl<'a> Change<'a> {
    /// `None` where a day is to take the place of one that nobody knows.
    fn of(known: &'a Wishes, new: &'a [Candidate], no: &[Excluded]) -> Option<Self> {
        let ranks: Vec<u32> = new.iter().filter_map(|it| it.in_rank).collect();
        let mut days: Vec<Date> = known.dates.iter().map(|it| it.start.date()).collect();
        days.dedup();
        // a day with two times is told as two wishes
        if ranks.len() > 1 || (!ranks.is_empty() && days.len() < known.dates.len()) {
            return None;
        }
        let ranked = |it: &Candidate| ranks.contains(&it.rank);
        if known.dates.iter().filter(|it| ranked(it)).count() != ranks.len() {
            return None;
        }
        let is_no = |it: &Candidate| no.iter().any(|no| no.date == it.start.date());
        let (gone, kept) = known.dates.iter().cloned().partition(|it| is_no(it) || ranked(it));
        Some(Self { known: &known.dates, gone, kept, new, ruled_out: no.len() + ranks.len() })
    }

    /// The days that stand then; `None` where that is not sure.
    fn days(&self, scope: Scope, asked_back: bool) -> Option<Vec<Candidate>> {
        if self.new.is_empty() {
            // 「24日は取り消してください」, and it is none of those that are known
            let misses = self.gone.is_empty() && (1..=FEW).contains(&self.ruled_out);
            return (!misses && scope != Scope::Unclear).then(|| self.kept.clone());
        }
        // a week that happens to hold them all does not speak of them
        let few = self.new.len() <= self.known.len() + FEW;
        let said_all = few && self.kept.iter().all(|it| on_day(self.new, it));
        match scope {
            Scope::Unclear => None,
            Scope::More => Some(joined(&self.kept, self.new)),
            Scope::Just => self.gone.iter().all(|it| !on_day(self.new, it)).then(|| self.new.to_vec()),
            Scope::Single if self.ruled_out == 0 => self.with_other_hours(),
            Scope::Single => self.exchanged(),
            Scope::Stays if self.gone.is_empty() => self.with_other_hours(),
            Scope::Stays => self.exchanged().filter(|_| self.added().count() <= self.gone.len()),
            Scope::All | Scope::Anew if self.replaces_all(scope) => Some(self.new.to_vec()),
            _ if said_all => Some(self.new.to_vec()),
            // 「12/4は都合が悪くなりましたので、12/8でお願いします」: none is lost but the one that does not suit
            Scope::Unsaid | Scope::Anew if self.is_one_for_one() => self.exchanged(),
            // 「10日は取り消します。4日は大丈夫です」: of the others nothing is said
            Scope::Unsaid if !self.gone.is_empty() && self.added().next().is_none() => Some(self.kept.clone()),
            Scope::Unsaid if asked_back && self.gone.is_empty() => Some(joined(&self.kept, self.new)),
            _ => None,
        }
    }

    /// One day does not suit any more, and one that was not known does.
    fn is_one_for_one(&self) -> bool {
        self.gone.len() == 1
            && self.ruled_out == 1
            && self.new.len() == 1
            && !self.new.iter().any(|it| on_day(self.known, it))
    }

    /// Those that are not known as they are.
    fn added(&self) -> impl Iterator<Item = &Candidate> {
        self.new.iter().filter(|it| !is_among(self.known, it))
    }

    /// Whether a list takes the place of all that are known. Who repeats some of them, or takes one back beside it, may mean
    /// those only.
    fn replaces_all(&self, scope: Scope) -> bool {
        let known = self.new.iter().filter(|it| on_day(self.known, it)).count();
        let whole = self.gone.is_empty() || self.kept.is_empty();
        whole
            && match scope {
                Scope::All => known < self.new.len(),
                _ => known == 0 && self.new.len() >= self.known.len(),
            }
    }

    /// Known days with other hours, each at its place; one that is named without hours, or twice, is not sure.
    fn with_other_hours(&self) -> Option<Vec<Candidate>> {
        let once = |it: &Candidate| self.new.iter().filter(|new| new.start.date() == it.start.date()).count() == 1;
        let sure = |it: &Candidate| on_day(&self.kept, it) && once(it) && !is_among(self.known, it);
        if !self.new.iter().all(sure) {
            return None;
        }
        let mut days: Vec<Candidate> = Vec::new();
        for it in &self.kept {
            let it = self.new.iter().find(|new| new.start.date() == it.start.date()).unwrap_or(it);
            if !is_among(&days, it) {
                days.push(it.clone());
            }
        }
        Some(days)
    }

    /// Single days in the place of others; of a day without hours the former hours stay.
    fn exchanged(&self) -> Option<Vec<Candidate>> {
        let first = self.gone.first()?;
        let place = self.known.iter().position(|it| it == first)?;
        let added: Vec<&Candidate> = self.added().collect();
        let mut days = self.kept.clone();
        for (nth, it) in added.iter().enumerate() {
            let mut it = (*it).clone();
            if it.open_hours {
                let pairs = self.gone.len() == added.len() || self.gone.len() == 1;
                let old = self.gone.get(nth).or(Some(first)).filter(|_| pairs)?;
                let date = it.start.date();
                (it.start, it.end) = (date.to_datetime(old.start.time()), date.to_datetime(old.end.time()));
            }
            days.retain(|known| known.start.date() != it.start.date());
            days.insert((place + nth).min(days.len()), it);
        }
        Some(days)
    }
}

/// Whether that time is one of these, in whatever words.
fn is_among(days: &[Candidate], it: &Candidate) -> bool {
    days.iter().any(|day| (day.start, day.end) == (it.start, it.end))
}

fn on_day(days: &[Candidate], it: &Candidate) -> bool {
    days.iter().any(|day| day.start.date() == it.start.date())
}

/// New days behind the known ones; of one day, hours that do not overlap stand side by side.
fn joined(known: &[Candidate], new: &[Candidate]) -> Vec<Candidate> {
    let overlaps = |a: &Candidate, b: &Candidate| a.start < b.end && b.start < a.end;
    let mut days = known.to_vec();
    for it in new.iter().filter(|it| !is_among(known, it)) {
        days.retain(|known| !overlaps(known, it));
        days.push(it.clone());
    }
    days
}

#[cfg(test)]
mod tests;
