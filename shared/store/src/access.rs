//! People, and what they show to prove who they are.

use domain::access_records::{LinkedIdentity, PendingSignIn, SecretHash, Session, SignInLink, Token, User};
use domain::sign_in::Identity;
use domain::{Login, TokenId};
use jiff::Timestamp;

use crate::key::{Key, Listing};
use crate::row::{Entries, Kind, Record};
use crate::{Store, StoreError, Table, Versioned};

impl Record for User {
    const KIND: Kind = Kind::User;
    const TABLE: Table = Table::Access;

    fn key(&self) -> Key {
        Key::user(&self.login)
    }
}

impl Record for Session {
    const KIND: Kind = Kind::Session;
    const TABLE: Table = Table::Access;

    fn key(&self) -> Key {
        Key::session(&self.hash)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// An expired or revoked token stays, so that whoever uses it can be told why it is refused.
impl Record for Token {
    const KIND: Kind = Kind::Token;
    const TABLE: Table = Table::Access;

    fn key(&self) -> Key {
        Key::token(&self.hash)
    }

    fn entries(&self, _now: Timestamp) -> Entries {
        Entries {
            list: Some(Key::token_of_user(&self.owner, &self.id)),
            within: Some(Key::token_by_id(&self.id)),
            due: None,
        }
    }
}

/// To sign somebody in, [`take`](crate::Transaction::take) the link and put the session in one transaction: then
/// it works once.
impl Record for SignInLink {
    const KIND: Kind = Kind::SignInLink;
    const TABLE: Table = Table::Access;

    fn key(&self) -> Key {
        Key::sign_in_link(&self.hash)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// To sign somebody in, [`take`](crate::Transaction::take) it and put the session in one transaction, as with a link.
impl Record for PendingSignIn {
    const KIND: Kind = Kind::PendingSignIn;
    const TABLE: Table = Table::Access;

    fn key(&self) -> Key {
        Key::pending_sign_in(&self.hash)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

impl Record for LinkedIdentity {
    const KIND: Kind = Kind::LinkedIdentity;
    const TABLE: Table = Table::Access;

    fn key(&self) -> Key {
        Key::identity(&self.identity)
    }
}

impl Store {
    /// A person.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn user(&self, login: &Login) -> Result<Option<Versioned<User>>, StoreError> {
        self.lasting_row(Key::user(login)).await
    }

    /// Everybody, by login.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn users(&self) -> Result<Vec<Versioned<User>>, StoreError> {
        self.all(&Listing::users()).await
    }

    /// A session that has not expired.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn session(
        &self,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<Versioned<Session>>, StoreError> {
        self.row(Key::session(hash), now).await
    }

    /// The token with that secret, whether it is still taken or not: [`Token::check`] tells.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn token(&self, hash: &SecretHash) -> Result<Option<Versioned<Token>>, StoreError> {
        self.lasting_row(Key::token(hash)).await
    }

    /// A token by its identifier, expired or not: to show it, or to revoke it.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn token_by_id(&self, id: &TokenId) -> Result<Option<Versioned<Token>>, StoreError> {
        Ok(self.all(&Listing::token_by_id(id)).await?.pop())
    }

    /// Somebody's tokens, expired or not, newest first.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn tokens_of(&self, owner: &Login) -> Result<Vec<Versioned<Token>>, StoreError> {
        self.all(&Listing::tokens_of(owner)).await
    }

    /// A sign-in link that was neither used nor has expired.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn sign_in_link(
        &self,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<Versioned<SignInLink>>, StoreError> {
        self.row(Key::sign_in_link(hash), now).await
    }

    /// A sign-in that a browser has begun, used or not, unless it has expired.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn pending_sign_in(
        &self,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<Versioned<PendingSignIn>>, StoreError> {
        self.row(Key::pending_sign_in(hash), now).await
    }

    /// Who somebody at an identity provider is here.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn identity(
        &self,
        identity: &Identity,
    ) -> Result<Option<Versioned<LinkedIdentity>>, StoreError> {
        self.lasting_row(Key::identity(identity)).await
    }
}
