//! Where a resource stands in the AWS console.

use super::function::Arn;

/// The page of a function; `None` when this is no ARN of a function.
///
/// Each partition has a domain of its own (AWS console endpoints and quotas, AWS General
/// Reference). An unknown partition (an isolated one) has no public page.
pub fn function(arn: &Arn) -> Option<String> {
    let mut parts = arn.as_str().splitn(7, ':');
    let (Some("arn"), Some(partition), Some("lambda"), Some(region), Some(_), Some("function")) = (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) else {
        return None;
    };
    let name = parts.next()?.split(':').next()?;
    let domain = match partition {
        "aws" => "console.aws.amazon.com",
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        _ => return None,
    };
    // A region becomes part of a host name: nothing else may.
    let is_region = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if region.is_empty() || name.is_empty() || !region.chars().all(is_region) {
        return None;
    }
    Some(format!(
        "https://{region}.{domain}/lambda/home?region={region}#/functions/{}",
        encoded(name)
    ))
}

/// Percent-encodes what is not unreserved (RFC 3986).
fn encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(byte as char);
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_domain() {
        for (arn, url) in [
            (
                "arn:aws:lambda:eu-west-1:123456789012:function:charge",
                "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/charge",
            ),
            (
                "arn:aws-cn:lambda:cn-north-1:123456789012:function:charge:live",
                "https://cn-north-1.console.amazonaws.cn/lambda/home?region=cn-north-1#/functions/charge",
            ),
            (
                "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:a_b-c",
                "https://us-gov-west-1.console.amazonaws-us-gov.com/lambda/home?region=us-gov-west-1#/functions/a_b-c",
            ),
        ] {
            assert_eq!(function(&Arn::new(arn)).as_deref(), Some(url));
        }
    }

    #[test]
    fn what_is_no_function_has_no_page_and_hostile_text_no_effect() {
        for arn in [
            "",
            "charge",
            "arn:aws:sqs:eu-west-1:123456789012:orders",
            "arn:aws-iso:lambda:us-iso-east-1:123456789012:function:charge",
            "arn:aws:lambda::123456789012:function:charge",
            "arn:aws:lambda:evil.example/:123456789012:function:charge",
            "arn:aws:lambda:eu-west-1:123456789012:layer:charge:1",
        ] {
            assert_eq!(function(&Arn::new(arn)), None, "{arn}");
        }
        let hostile = function(&Arn::new(
            "arn:aws:lambda:eu-west-1:1:function:a\x1b]0;x/../b",
        ));
        assert!(
            hostile
                .unwrap()
                .ends_with("#/functions/a%1B%5D0%3Bx%2F..%2Fb")
        );
    }
}
