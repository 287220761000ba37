//! Which rules values have: told by name, and the value never repeated.

/// Which rule a value broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Not the textual form of a UUID with hyphens.
    #[error("a link id is a UUID, 36 characters with hyphens")]
    LinkId,
    /// Empty, too long, or with a character no institution has in its name.
    #[error("an institution is 1 to 128 letters, digits, '_', '-' or '.'")]
    Institution,
    /// Empty, too long, or with white space or control characters.
    #[error("an institution_user_id is 1 to 128 visible ASCII characters")]
    InstitutionUserId,
    /// Empty, too long, or with control characters.
    #[error("a reference is 1 to 256 bytes without control characters")]
    Reference,
    /// Not one of our session ids.
    #[error("a session id is 'ls_' and 28 lower-case letters")]
    SessionId,
    /// Not one of our webhook ids.
    #[error("a webhook id is 'wh_' and 28 lower-case letters")]
    WebhookId,
    /// Not the textual form of a UUID with hyphens.
    #[error("a consent id is a UUID, 36 characters with hyphens")]
    ConsentId,
    /// Not a code as Belvo writes them.
    #[error("a code is 1 to 64 letters, digits, '_' or '-'")]
    Code,
    /// Empty, too long, or with control characters.
    #[error("an institution's own name is 1 to 128 bytes without control characters")]
    InstitutionName,
    /// More of a name than may be kept.
    #[error("a masked name is at most two letters and '•••'")]
    MaskedName,
    /// More of a number than may be kept.
    #[error("the ending of a number is 1 to 4 digits")]
    Ending,
    /// Not the document of a person in Brazil.
    #[error("a CPF is eleven digits, of which the last two check the others")]
    Cpf,
    /// Not the document of a company in Brazil.
    #[error("a CNPJ is twelve digits or capital letters and two digits that check them")]
    Cnpj,
    /// Not a name of a person or a company.
    #[error("a holder's name is up to 120 bytes with a letter and without control characters")]
    HolderName,
    /// Not a currency as ISO 4217 has them.
    #[error("a currency is three capital letters")]
    Currency,
}
