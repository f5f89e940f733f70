//! What an SDK's error means to a person.

use aws_sdk_s3::error::{DisplayErrorContext, SdkError};

/// What happened, in the service's words where it has some: its code and message, never a request's headers.
pub(crate) fn told<E, R>(error: &SdkError<E, R>) -> String
where
    E: std::error::Error + aws_sdk_s3::error::ProvideErrorMetadata + 'static,
    R: std::fmt::Debug,
{
    match error {
        SdkError::ServiceError(context) => {
            let meta = context.err().meta();
            match (meta.code(), meta.message()) {
                (Some(code), Some(message)) => format!("{code}: {message}"),
                (Some(code), None) => code.to_owned(),
                (None, _) => context.err().to_string(),
            }
        }
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::DispatchFailure(_) => "no connection".to_owned(),
        other => DisplayErrorContext(other).to_string(),
    }
}
