//! People, sessions and tokens.

use domain::access::{Grant, Permission};
use domain::{Login, TokenId};
use jiff::Timestamp;

use crate::wire::wire;

wire! {
    /// Who is signed in.
    Me = api::access::Me {
        /// Their sign-in name.
        login: String,
        /// Their name.
        name: String,
        /// What they may do.
        grants: Vec<Grant>,
    }

    /// The ways to sign in.
    SignInMethods = api::access::SignInMethods {
        /// What the identity provider is called; absent if there is none.
        provider: Option<String>,
        /// Why the last try of this browser came to nothing.
        refused: Option<SignInRefusal>,
    }

    /// Why somebody was not signed in.
    SignInRefusal = api::access::SignInRefusal {
        /// The groups that the provider tells of.
        groups: Vec<String>,
    }

    /// A link that signs somebody in, once.
    SignInLink = api::access::SignInLink {
        /// The link.
        url: String,
        /// Until when it works.
        expires_at: Timestamp,
    }

    /// A person.
    UserView = api::access::UserView {
        /// Their sign-in name.
        login: Login,
        /// Their name.
        name: String,
        /// Their teams.
        teams: Vec<String>,
        /// What they may do.
        grants: Vec<Grant>,
    }

    /// A token, without its secret.
    TokenView = api::access::TokenView {
        /// Its identifier.
        id: TokenId,
        /// Its name.
        name: String,
        /// Whose it is.
        owner: String,
        /// What may be done with it; empty: all its owner may.
        permissions: Vec<Permission>,
        /// For which service, if for one only.
        service: Option<String>,
        /// Until when it is valid.
        expires_at: Option<Timestamp>,
        /// When it was used last.
        last_used_at: Option<Timestamp>,
    }

    /// A token with its secret, which is told once.
    CreatedToken = api::access::CreatedToken {
        /// The secret.
        secret: String,
        /// The token.
        token: TokenView,
    }
}
