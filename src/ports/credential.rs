//! How we prove to a mail server who we are: a password, or a token of OAuth2.

use std::sync::Arc;

use super::connect::ConnectError;
use super::oauth2::Tokens;
use super::secret::Secret;

/// What is shown at the log-in.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A password, of the account or of the app.
    Password(Secret),
    /// Tokens that are asked for and renewed; one for all connections.
    Tokens(Arc<Tokens>),
}

impl Credential {
    /// The password or a token that is valid now.
    ///
    /// # Errors
    /// The token service refuses, or cannot be reached.
    pub(super) async fn secret(&self) -> Result<Secret, ConnectError> {
        match self {
            Credential::Password(it) => Ok(it.clone()),
            Credential::Tokens(it) => it.access().await,
        }
    }

    /// A mail server refused it: a token is asked for anew, and the refusal told as what it is.
    pub(super) async fn refused(&self, why: ConnectError) -> ConnectError {
        match (self, why) {
            (Credential::Tokens(it), ConnectError::LogInRefused(text)) => {
                it.forget().await;
                ConnectError::TokenRefused(text)
            }
            (_, why) => why,
        }
    }

    /// Whether it is a token, for which other mechanisms are spoken.
    pub(super) fn is_token(&self) -> bool {
        matches!(self, Credential::Tokens(_))
    }
}

impl From<&str> for Credential {
    fn from(password: &str) -> Self {
        Credential::Password(Secret::new(password.to_owned()))
    }
}

impl From<String> for Credential {
    fn from(password: String) -> Self {
        Credential::Password(Secret::new(password))
    }
}
