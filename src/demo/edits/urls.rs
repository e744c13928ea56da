//! Function URLs: one of the function itself and one of each alias.

use super::{invalid, no_such_resource};
use crate::{
    demo::{
        dice::{hex32, label, mix},
        faults::{no_such_function, refused},
        function::Function,
    },
    domain::{draft::Url, function::FunctionUrl},
    ports::{ErrorKind, Operation, Result},
};

/// Creates a URL with a new address.
pub(super) fn create(
    function: &mut Function,
    qualifier: Option<&str>,
    url: &Url,
    now_ms: i64,
) -> Result<()> {
    let operation = Operation::CreateFunctionUrlConfig;
    check(operation, url)?;
    if let Some(alias) = qualifier
        && function.all_aliases().all(|known| known.name != alias)
    {
        return Err(no_such_function(operation, function.arn(), qualifier));
    }
    if find(function, qualifier).is_some() {
        return Err(refused(
            operation,
            ErrorKind::Invalid,
            "ResourceConflictException",
            409,
            format!(
                "Failed to create function url config for [functionArn = {}]. Error message: \
                 FunctionUrlConfig exists for this Lambda function",
                function.arn()
            ),
        ));
    }
    let salt = [
        label(function.name()),
        label(qualifier.unwrap_or_default()),
        now_ms as u64,
    ];
    let id = hex32(mix(&salt));
    let region = function.arn().region().unwrap_or_default();
    let address = format!("https://{}.lambda-url.{region}.on.aws/", &id[..20]);
    function.urls.push(FunctionUrl {
        url: address,
        auth: url.auth.clone(),
        invoke_mode: Some(url.invoke_mode.clone()),
        qualifier: qualifier.map(str::to_owned),
    });
    Ok(())
}

/// Changes the settings of a URL.
pub(super) fn update(function: &mut Function, qualifier: Option<&str>, url: &Url) -> Result<()> {
    let operation = Operation::UpdateFunctionUrlConfig;
    check(operation, url)?;
    let known = find(function, qualifier).ok_or_else(|| no_such_resource(operation))?;
    known.auth.clone_from(&url.auth);
    known.invoke_mode = Some(url.invoke_mode.clone());
    Ok(())
}

/// Deletes a URL.
pub(super) fn delete(function: &mut Function, qualifier: Option<&str>) -> Result<()> {
    let operation = Operation::DeleteFunctionUrlConfig;
    find(function, qualifier).ok_or_else(|| no_such_resource(operation))?;
    function
        .urls
        .retain(|url| url.qualifier.as_deref() != qualifier);
    Ok(())
}

fn find<'a>(function: &'a mut Function, qualifier: Option<&str>) -> Option<&'a mut FunctionUrl> {
    let mut urls = function.urls.iter_mut();
    urls.find(|url| url.qualifier.as_deref() == qualifier)
}

fn check(operation: Operation, url: &Url) -> Result<()> {
    let is_good = matches!(url.auth.as_str(), "AWS_IAM" | "NONE")
        && matches!(url.invoke_mode.as_str(), "BUFFERED" | "RESPONSE_STREAM");
    if is_good {
        return Ok(());
    }
    Err(invalid(
        operation,
        "1 validation error detected: Member must satisfy enum value set",
    ))
}
