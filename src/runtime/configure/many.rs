//! Several functions, one after the other: what ends the work at one of them and would end it at
//! every other.

use crate::ports::ErrorKind;

/// Why the other functions are not begun after a refusal at one of them, if it concerns them too.
pub fn obstacle(refused: ErrorKind, function: &str) -> Option<String> {
    concerns_all(refused)
        .then(|| format!("not begun: what was refused for {function} would be refused here too"))
}

/// What would end every other function in the same way.
const fn concerns_all(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Denied
            | ErrorKind::NoCredentials
            | ErrorKind::BadCredentials
            | ErrorKind::SsoExpired
            | ErrorKind::NoRegion
            | ErrorKind::ReadOnly
            | ErrorKind::Protected
            | ErrorKind::Closed
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_concerns_every_function_keeps_the_others_from_being_begun() {
        let why = obstacle(ErrorKind::SsoExpired, "orders").expect("an obstacle");
        assert!(why.contains("refused for orders"));
        assert!(obstacle(ErrorKind::Denied, "orders").is_some());
        assert_eq!(obstacle(ErrorKind::NotFound, "orders"), None);
        assert_eq!(obstacle(ErrorKind::Other, "orders"), None);
    }
}
