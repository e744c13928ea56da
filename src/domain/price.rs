//! What one invocation costs, as a hint: list price, first tier, on demand.
//!
//! Source: aws.amazon.com/lambda/pricing. Not responsible for free tiers, savings plans,
//! provisioned concurrency, ephemeral storage above 512 MB, or anything the function calls.

/// US dollars for a GB-second of on-demand duration, first tier.
const X86_GB_SECOND: f64 = 0.000_016_666_7;
/// The same on arm64.
const ARM_GB_SECOND: f64 = 0.000_013_333_4;

/// Regions that have these prices. For all others nothing is estimated: no figure is better
/// than a wrong one.
const REGIONS: [&str; 5] = [
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "eu-west-1",
    "eu-central-1",
];

/// US dollars for the duration of one invocation; `None` where the price is not known.
pub fn duration_cost(
    region: &str,
    architecture: &str,
    memory_mb: u32,
    billed_ms: f64,
) -> Option<f64> {
    if !REGIONS.contains(&region) || !billed_ms.is_finite() || billed_ms < 0.0 {
        return None;
    }
    let price = match architecture {
        "x86_64" => X86_GB_SECOND,
        "arm64" => ARM_GB_SECOND,
        _ => return None,
    };
    Some(f64::from(memory_mb) / 1024.0 * billed_ms / 1000.0 * price)
}

/// US dollars for a request to a standard queue, after the free tier (aws.amazon.com/sqs/pricing).
const SQS_REQUEST: f64 = 0.000_000_4;
/// The same for FIFO.
const SQS_FIFO_REQUEST: f64 = 0.000_000_5;
/// Every 64 KB of a payload count as one request (aws.amazon.com/sqs/pricing).
const SQS_CHUNK: u64 = 64 * 1024;
/// US dollars for a request to Lambda (aws.amazon.com/lambda/pricing).
const INVOKE_REQUEST: f64 = 0.000_000_2;

/// US dollars for SQS calls that carry so many bytes together.
pub fn sqs_requests(calls: u64, bytes: u64, is_fifo: bool) -> f64 {
    let price = if is_fifo {
        SQS_FIFO_REQUEST
    } else {
        SQS_REQUEST
    };
    calls.max(bytes.div_ceil(SQS_CHUNK)) as f64 * price
}

/// US dollars for invokes, without their duration.
pub fn invoke_requests(calls: u64) -> f64 {
    calls as f64 * INVOKE_REQUEST
}

/// Dollars with two figures that count: `$0.0000066`, `$0.012`.
pub fn shown(dollars: f64) -> String {
    if dollars <= 0.0 {
        return "$0".to_owned();
    }
    let decimals = (1.0 - dollars.log10().floor()).clamp(2.0, 12.0) as usize;
    format!("${dollars:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_region_has_a_price_and_others_have_none() {
        let cost = duration_cost("eu-west-1", "x86_64", 512, 789.0).expect("known");
        assert_eq!(shown(cost), "$0.0000066");
        let arm = duration_cost("eu-west-1", "arm64", 512, 789.0).expect("known");
        assert!(arm < cost);
        assert_eq!(duration_cost("af-south-1", "x86_64", 512, 789.0), None);
        assert_eq!(duration_cost("eu-west-1", "riscv", 512, 789.0), None);
    }

    #[test]
    fn requests_are_counted_by_64_kb() {
        assert_eq!(shown(sqs_requests(1_000_000, 0, false)), "$0.40");
        assert_eq!(shown(sqs_requests(1, 1 << 20, true)), "$0.0000080");
        assert_eq!(shown(invoke_requests(1_000_000)), "$0.20");
    }

    #[test]
    fn dollars_keep_two_figures() {
        assert_eq!(shown(0.0), "$0");
        assert_eq!(shown(0.0123), "$0.012");
        assert_eq!(shown(1.5), "$1.50");
    }
}
