//! Answers that are kept for requests that are sent again with the same `Idempotency-Key`.

use domain::access_records::SecretHash;
use domain::{Digest, RequestId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::key::Key;
use crate::row::{Kind, Record};
use crate::{Store, StoreError, Table, Versioned};

/// What is known of the first request with a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// Made of the key and of what the caller proved to be somebody with: the same key of another is another.
    pub id: SecretHash,
    /// What was asked for.
    pub fingerprint: Digest,
    /// The request, as events name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// When it came.
    pub begun_at: Timestamp,
    /// When this is forgotten.
    pub expires_at: Timestamp,
    /// What became of it.
    pub state: AnswerState,
}

/// What became of a request with a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AnswerState {
    /// It is being answered, by somebody who has until then to say so.
    Pending {
        /// Until when.
        until: Timestamp,
    },
    /// It was done.
    Done {
        /// The answer, sealed with a key that is made of what the caller sends; none if it is too long to be kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sealed: Option<String>,
    },
}

impl Record for KeptAnswer {
    const KIND: Kind = Kind::KeptAnswer;
    const TABLE: Table = Table::Access;

    fn key(&self) -> Key {
        Key::kept_answer(&self.id)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

impl Store {
    /// What is known of the first request with a key.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn kept_answer(
        &self,
        id: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<Versioned<KeptAnswer>>, StoreError> {
        self.row(Key::kept_answer(id), now).await
    }
}
