//! What deploys a function, read from its tags.
//!
//! CloudFormation writes `aws:cloudformation:*` on what it owns and SAM adds `lambda:createdBy`;
//! the other tools leave only what people and presets tag by convention. So a tag tells an owner,
//! and no tag tells nothing: an absence is never claimed.

use std::fmt;

/// A tool that deploys functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// A plain CloudFormation template.
    CloudFormation,
    /// AWS SAM.
    Sam,
    /// AWS CDK.
    Cdk,
    /// Terraform.
    Terraform,
    /// Serverless Framework.
    Serverless,
}

/// Who will overwrite a change made by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// With what it is deployed.
    pub tool: Tool,
    /// The CloudFormation stack, when the tool deploys through one.
    pub stack: Option<String>,
    /// What the tool itself calls it: a construct path, a service.
    pub unit: Option<String>,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.tool {
            Tool::CloudFormation => "CloudFormation",
            Tool::Sam => "SAM",
            Tool::Cdk => "CDK",
            Tool::Terraform => "Terraform",
            Tool::Serverless => "Serverless Framework",
        })?;
        if let Some(unit) = &self.unit {
            write!(f, " {unit}")?;
        }
        if let Some(stack) = &self.stack {
            write!(f, " · stack {stack}")?;
        }
        Ok(())
    }
}

/// The owner that the tags name, if they name one.
pub fn owner(tags: &[(String, String)]) -> Option<Owner> {
    let tag = |wanted: &str| {
        tags.iter()
            .find(|(key, _)| key == wanted)
            .map(|(_, value)| value.clone())
    };
    let stack = tag("aws:cloudformation:stack-name");
    let of = |tool, unit| {
        Some(Owner {
            tool,
            stack: stack.clone(),
            unit,
        })
    };
    if tag("lambda:createdBy").is_some_and(|by| by.eq_ignore_ascii_case("SAM")) {
        return of(Tool::Sam, None);
    }
    if let Some(path) = tag("aws:cdk:path") {
        return of(Tool::Cdk, Some(path));
    }
    if let Some(service) = tag("serverless:service") {
        return of(Tool::Serverless, Some(service));
    }
    // Serverless names its stack `service-stage` and tags the stage.
    if let (Some(name), Some(stage)) = (&stack, tag("STAGE"))
        && let Some(service) = name.strip_suffix(&format!("-{stage}"))
    {
        let service = service.to_owned();
        return of(Tool::Serverless, Some(service));
    }
    if stack.is_some() {
        return of(Tool::CloudFormation, None);
    }
    tags.iter()
        .any(|(key, value)| names_terraform(key, value))
        .then_some(Owner {
            tool: Tool::Terraform,
            stack: None,
            unit: None,
        })
}

/// `ManagedBy = terraform` in its usual spellings, or `terraform = true`.
fn names_terraform(key: &str, value: &str) -> bool {
    let key: String = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    match key.as_str() {
        "managedby" | "provisionedby" | "createdby" => value.eq_ignore_ascii_case("terraform"),
        "terraform" => value.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tags: &[(&str, &str)]) -> Option<String> {
        let tags: Vec<(String, String)> = tags
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        owner(&tags).map(|owner| owner.to_string())
    }

    #[test]
    fn each_tool_is_told_by_its_tags() {
        const STACK: &str = "aws:cloudformation:stack-name";
        for (tags, expected) in [
            (
                &[(STACK, "payments-prod")][..],
                "CloudFormation · stack payments-prod",
            ),
            (
                &[(STACK, "orders-prod"), ("lambda:createdBy", "SAM")],
                "SAM · stack orders-prod",
            ),
            (
                &[("aws:cdk:path", "Back/Sync"), (STACK, "Back")],
                "CDK Back/Sync · stack Back",
            ),
            (
                &[("serverless:service", "chat")],
                "Serverless Framework chat",
            ),
            (
                &[("STAGE", "prod"), (STACK, "chat-prod")],
                "Serverless Framework chat · stack chat-prod",
            ),
            (&[("ManagedBy", "Terraform")], "Terraform"),
            (&[("managed-by", "terraform")], "Terraform"),
            (&[("Terraform", "true")], "Terraform"),
        ] {
            assert_eq!(of(tags).as_deref(), Some(expected), "{tags:?}");
        }
    }

    #[test]
    fn other_tags_name_nobody() {
        for tags in [
            &[][..],
            &[("team", "payments"), ("STAGE", "prod")],
            &[("terraform", "false"), ("ManagedBy", "hand")],
            &[("lambda:createdBy", "me")],
        ] {
            assert_eq!(of(tags), None, "{tags:?}");
        }
    }
}
