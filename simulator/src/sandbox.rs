//! The institutions and logins of Belvo's sandbox, as published. Nothing here is secret and nobody
//! here is real.

use serde::Serialize;

use crate::encoding::{base64_url, digest};

/// What the institutions with a second factor accept as a code.
pub(crate) const CODE: &str = "12345";

/// A made-up bank, tax office or employer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Institution {
    pub(crate) name: &'static str,
    pub(crate) display_name: &'static str,
    pub(crate) country_code: &'static str,
    /// Asks everybody for a code, not only the logins made for it.
    pub(crate) asks_for_code: bool,
}

const fn institution(
    name: &'static str,
    display_name: &'static str,
    country_code: &'static str,
) -> Institution {
    Institution { name, display_name, country_code, asks_for_code: false }
}

const fn with_code(of: Institution) -> Institution {
    Institution { asks_for_code: true, ..of }
}

/// Stands for an institution that only a planted link knows.
pub(crate) const UNLISTED: Institution = institution("", "", "");

/// Every institution, in the order of the widget's list.
pub(crate) const INSTITUTIONS: [Institution; 17] = [
    institution("erebor_mx_retail", "Erebor", "MX"),
    institution("gringotts_mx_retail", "Gringotts", "MX"),
    with_code(institution("heimdall_mx_retail", "Heimdall", "MX")),
    with_code(institution("gotham_mx_business", "Gotham Business", "MX")),
    institution("tatooine_mx_fiscal", "Tatooine Tax Office", "MX"),
    institution("planet_mx_employment", "Planet Employment", "MX"),
    institution("erebor_br_retail", "Erebor", "BR"),
    institution("gringotts_br_retail", "Gringotts", "BR"),
    with_code(institution("heimdall_br_retail", "Heimdall", "BR")),
    with_code(institution("gotham_br_business", "Gotham Business", "BR")),
    institution("ironbank_br_retail", "Iron Bank", "BR"),
    institution("ironbank_br_business", "Iron Bank Business", "BR"),
    institution("ofmockbank_br_retail", "Open Finance Mock Bank", "BR"),
    institution("erebor_co_retail", "Erebor", "CO"),
    institution("gringotts_co_retail", "Gringotts", "CO"),
    with_code(institution("heimdall_co_retail", "Heimdall", "CO")),
    with_code(institution("gotham_co_business", "Gotham Business", "CO")),
];

/// Finds an institution by Belvo's name.
pub(crate) fn find(name: &str) -> Option<Institution> {
    INSTITUTIONS.into_iter().find(|one| one.name == name)
}

/// A username and password to show to people.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Hint {
    pub(crate) username: &'static str,
    pub(crate) password: &'static str,
    pub(crate) note: &'static str,
}

/// The published logins, and one that fails.
pub(crate) const HINTS: [Hint; 4] = [
    Hint { username: "bnk100", password: "full", note: "works" },
    Hint {
        username: "user_valid",
        password: "pass_valid",
        note: "works; so does any other username with this password",
    },
    Hint { username: "mfa_default", password: "pass_valid", note: "asks for a code: 12345" },
    Hint { username: "user_valid", password: "pass_invalid", note: "is refused" },
];

/// What an institution says to a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Come in.
    Welcome,
    /// A code is needed first.
    CodeNeeded,
    /// Wrong credentials, or a wrong code.
    Refused,
}

/// Tries a login. Any username works with a password of the sandbox, so that a test can have as
/// many people as it likes; a username that starts with `mfa_` always needs the code.
pub(crate) fn log_in(institution: Institution, username: &str, password: &str, code: Option<&str>) -> Answer {
    if username.is_empty() || !matches!(password, "full" | "pass_valid") {
        return Answer::Refused;
    }
    let asks = institution.asks_for_code || username.starts_with("mfa_");
    match code {
        None if asks => Answer::CodeNeeded,
        Some(code) if asks && code != CODE => Answer::Refused,
        Some(_) | None => Answer::Welcome,
    }
}

/// Belvo's pseudonym for a person at an institution: 43 characters and one `=`. It depends on
/// nothing but the login, so it survives a new password and a new link.
pub(crate) fn institution_user_id(secret: &str, institution: &str, username: &str) -> String {
    base64_url(&digest(&[secret, institution, username]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_and_empty_logins_are_refused() {
        let erebor = find("erebor_mx_retail").unwrap();
        for (username, password) in
            [("", "full"), ("bnk100", ""), ("bnk100", "FULL"), ("user_valid", "pass_invalid")]
        {
            assert_eq!(log_in(erebor, username, password, None), Answer::Refused);
        }
        assert_eq!(find("erebor"), None);
    }

    #[test]
    fn a_code_is_asked_for_by_some_institutions_and_for_some_logins() {
        let erebor = find("erebor_mx_retail").unwrap();
        let heimdall = find("heimdall_mx_retail").unwrap();
        for (institution, username, code, expected) in [
            (erebor, "user_valid", None, Answer::Welcome),
            (erebor, "mfa_default", None, Answer::CodeNeeded),
            (heimdall, "user_valid", None, Answer::CodeNeeded),
            (heimdall, "user_valid", Some("1"), Answer::Refused),
            (heimdall, "user_valid", Some(CODE), Answer::Welcome),
            (erebor, "mfa_default", Some(CODE), Answer::Welcome),
        ] {
            assert_eq!(log_in(institution, username, "pass_valid", code), expected, "{username} {code:?}");
        }
    }

    #[test]
    fn the_institution_user_id_is_44_characters_that_depend_on_the_login_alone() {
        let id = institution_user_id("s", "erebor_mx_retail", "bnk100");
        assert_eq!(id.len(), 44);
        assert!(id.ends_with('=') && !id.ends_with("=="));
        assert_eq!(id, institution_user_id("s", "erebor_mx_retail", "bnk100"));
        assert_ne!(id, institution_user_id("s", "erebor_br_retail", "bnk100"));
        assert_ne!(id, institution_user_id("s", "erebor_mx_retail", "bnk101"));
    }
}
