//! `linkkeeper quarantine`: the links at Belvo that nobody here owns, the longest waiting first.

use std::io::Write;

use adapters::{ambient::SystemAmbient, config::Environment};
use domain::{
    link::{QuarantineReason, QuarantinedLink},
    ports::{Ambient, Census},
};
use jiff::{SignedDuration, Timestamp};

use crate::{args::Quarantine, commands::say, data::existing_store, failure::Failure};

/// Lists the quarantine.
pub(crate) async fn run(
    wanted: &Quarantine,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let store = existing_store(&wanted.place, environment).await?;
    let links = store.quarantine(usize::try_from(wanted.most).unwrap_or(usize::MAX)).await?;
    if wanted.json {
        for link in &links {
            say(out, serde_json::to_string(link).map_err(Failure::request)?);
        }
    } else {
        say(out, table(&links, SystemAmbient.now()));
    }
    Ok(())
}

fn table(links: &[QuarantinedLink], now: Timestamp) -> String {
    if links.is_empty() {
        return "The quarantine is empty: every link that was seen has an owner.".to_owned();
    }
    let row = |link: &QuarantinedLink| {
        [
            link.link_id.to_string(),
            reason(link.reason).to_owned(),
            link.institution.to_string(),
            link.status.as_str().to_owned(),
            format!("{:.0}", link.created_at),
            age(now.duration_since(link.first_seen_at)),
        ]
    };
    super::table(["link", "why", "institution", "status", "created", "here for"], links.iter().map(row))
}

fn reason(reason: QuarantineReason) -> &'static str {
    match reason {
        QuarantineReason::NoExternalId => "Belvo's record names nobody",
        QuarantineReason::MalformedExternalId => "Belvo's record names what is no external_id",
        QuarantineReason::UnknownUser => "it names somebody who is not registered",
        QuarantineReason::NoSession => "its user had no session open when it was made",
        QuarantineReason::SessionUsed => "the session that was open made another link",
        QuarantineReason::Ambiguous => "more links than sessions: one may be planted",
    }
}

/// How long, in the greatest unit that is worth it.
fn age(time: SignedDuration) -> String {
    match (time.as_hours(), time.as_mins()) {
        (hours @ 48.., _) => format!("{} days", hours / 24),
        (hours @ 2.., _) => format!("{hours} hours"),
        (_, minutes) => format!("{} minutes", minutes.max(0)),
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        link::{Claim, LinkStatus},
        values::{Institution, LinkId},
    };

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_772_445_600 + minute * 60).expect("a time")
    }

    #[test]
    fn an_empty_quarantine_is_told_in_words() {
        assert!(table(&[], at(0)).contains("empty"));
    }

    #[test]
    fn a_link_is_told_with_why_it_is_there_and_for_how_long() {
        let link = QuarantinedLink {
            link_id: LinkId::parse("0b6a1f3e-0000-4000-8000-00000000000a").expect("an id"),
            reason: QuarantineReason::NoSession,
            claim: Claim::Absent,
            institution: Institution::parse("erebor_mx_retail").expect("a name"),
            status: LinkStatus::Valid,
            created_at: at(0),
            first_seen_at: at(30),
            revision: 1,
        };
        let table = table(&[link], at(30 + 60 * 50));
        for told in
            ["0b6a1f3e", "no session open", "erebor_mx_retail", "valid", "2026-03-02T10:00:00Z", "2 days"]
        {
            assert!(table.contains(told), "{told}: {table}");
        }
    }

    #[test]
    fn an_age_is_never_negative_and_never_too_exact() {
        let age = |minutes| age(SignedDuration::from_mins(minutes));
        assert_eq!(
            [age(-5), age(119), age(120), age(60 * 47), age(60 * 48)],
            ["0 minutes", "119 minutes", "2 hours", "47 hours", "2 days"]
        );
    }
}
