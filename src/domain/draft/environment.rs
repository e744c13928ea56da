//! The rules of the environment: names, reserved names, and how much fits in.

use super::Problem;
use crate::domain::secret::Secret;

/// Names and values together, in bytes (Lambda quotas).
pub const MOST_BYTES: usize = 4096;

/// Names that the runtime sets (developer guide, "Defined runtime environment variables"). Only
/// those that cannot be set by hand.
const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

/// Words in a name that say that its value is secret.
const SECRET_WORDS: &[&str] = &[
    "SECRET",
    "TOKEN",
    "PASSWORD",
    "PASSWD",
    "PWD",
    "CREDENTIAL",
    "PRIVATE",
    "APIKEY",
    "API_KEY",
    "ACCESS_KEY",
    "SIGNING_KEY",
];

/// Whether a variable may have this name.
///
/// # Errors
/// The rule that the name breaks.
pub fn check_name(name: &str) -> Result<(), String> {
    let rule = "a name begins with a letter, has at least two characters, and only letters, \
                digits and _";
    let mut characters = name.chars();
    let begins = characters.next().is_some_and(|c| c.is_ascii_alphabetic());
    let goes_on = name.len() >= 2 && characters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if RESERVED.contains(&name) {
        Err("reserved: Lambda sets it".to_owned())
    } else if begins && goes_on {
        Ok(())
    } else {
        Err(rule.to_owned())
    }
}

/// The size of an environment in bytes; at most [`MOST_BYTES`].
pub fn size(variables: &[(String, Secret<String>)]) -> usize {
    variables
        .iter()
        .map(|(name, value)| name.len() + value.reveal().len())
        .sum()
}

/// Whether it fits.
///
/// # Errors
/// By how much it does not.
pub fn check_size(variables: &[(String, Secret<String>)]) -> Result<(), Problem> {
    let size = size(variables);
    if size <= MOST_BYTES {
        return Ok(());
    }
    Err(Problem::new(
        "env",
        format!(
            "{size} bytes of names and values, {} more than Lambda takes ({MOST_BYTES})",
            size - MOST_BYTES
        ),
    ))
}

/// Whether a variable looks like a secret in the open.
pub fn looks_secret(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let is_reference = value.starts_with("arn:") || value.starts_with("{{resolve:");
    let has_password = value
        .split_once("://")
        .and_then(|(_, rest)| rest.split('/').next())
        .and_then(|authority| authority.rsplit_once('@'))
        .is_some_and(|(user, _)| user.contains(':'));
    let is_key = ["AKIA", "sk_live_", "ghp_", "xoxb-", "-----BEGIN"]
        .iter()
        .any(|start| value.starts_with(start));
    !value.is_empty()
        && !is_reference
        && (has_password || is_key || SECRET_WORDS.iter().any(|word| name.contains(word)))
}
