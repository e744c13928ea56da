//! Decides where the credentials of a session come from, with the precedence of botocore:
//! keys of the environment (unless a profile was chosen by hand), a role, web identity, single
//! sign-on, keys of the credentials file, a login session, a process, keys of the config file,
//! the container, the instance.
//!
//! One of them is chosen before anything is asked, and asked alone: a provider that fails is told
//! by name, and no other silently stands in for it under another account. Not responsible for
//! asking ([`super::credentials`]).

use aws_credential_types::Credentials;

use crate::domain::session::Target;

use super::{
    profile_file::{Entry, Finding, ProfileFile, Which},
    target::Environment,
};

/// Where the first credentials come from.
#[derive(Debug, Clone)]
pub(super) enum Base {
    /// `AWS_ACCESS_KEY_ID` and its kin.
    Environment(Credentials),
    /// Keys that a file holds.
    Keys(Which, Credentials),
    /// A token file that is exchanged for a role.
    WebIdentity {
        role: String,
        token_file: String,
        session_name: Option<String>,
    },
    /// IAM Identity Center.
    Sso {
        account: String,
        role: String,
        region: String,
        start_url: String,
        session: Option<String>,
    },
    /// `credential_process`.
    Process(crate::domain::secret::Secret<String>),
    /// `aws login`.
    Login(String),
    /// The container's own endpoint.
    Container,
    /// Instance metadata.
    Instance,
}

/// A role that is assumed with the credentials before it.
#[derive(Debug, Clone)]
pub(super) struct Role {
    /// The profile that says so.
    pub(super) profile: String,
    pub(super) arn: String,
    pub(super) session_name: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) duration: Option<i32>,
    /// It asks for an MFA code, for which nobody could be asked.
    pub(super) mfa: bool,
}

/// The whole way to the credentials.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) base: Base,
    /// The profile that names the base.
    pub(super) profile: String,
    /// The roles, in the order in which they are assumed.
    pub(super) roles: Vec<Role>,
}

impl Plan {
    /// Whether nothing names credentials, so that only the instance is left to ask.
    pub(super) fn is_last_resort(&self) -> bool {
        matches!(self.base, Base::Instance) && self.roles.is_empty()
    }

    /// Decides for a target.
    ///
    /// # Errors
    /// What makes no sense, with its file and line.
    pub(super) fn resolve(
        target: &Target,
        environment: &Environment,
        file: &ProfileFile,
    ) -> Result<Self, Finding> {
        let by_hand = environment.chooses_profile(target);
        let profile = target.profile_name();
        if !by_hand && let Some(keys) = environment_keys(environment)? {
            return Ok(Self {
                base: Base::Environment(keys),
                profile: profile.to_owned(),
                roles: Vec::new(),
            });
        }
        let resolver = Resolver { environment, file };
        let mut visited = vec![profile.to_owned()];
        let mut roles = Vec::new();
        let base = loop {
            let name = visited.last().map_or(profile, String::as_str);
            let is_role = file.entry(name, "role_arn").is_some()
                && file.entry(name, "web_identity_token_file").is_none();
            // Keys beside the role of a *source* profile are what is drawn on.
            if is_role && (roles.is_empty() || !resolver.has_keys(name)) {
                let (role, source) = resolver.role(name)?;
                roles.push(role);
                match source {
                    Source::Named(base) => break base,
                    Source::Profile(next) => {
                        let goes_round =
                            visited.contains(&next) && !(next == name && resolver.has_keys(&next));
                        if goes_round {
                            return Err(resolver.at(
                                name,
                                "source_profile",
                                &format!("source_profile goes round by {next}"),
                            ));
                        }
                        visited.push(next);
                    }
                }
                continue;
            }
            if let Some(base) = resolver.base(name, roles.is_empty() && !by_hand)? {
                break base;
            }
            if let Some(Role { profile, .. }) = roles.last() {
                return Err(resolver.at(
                    profile,
                    "source_profile",
                    &format!("the source profile {name} has no credentials"),
                ));
            }
            break last_resort(environment);
        };
        let profile = visited.pop().unwrap_or_default();
        roles.reverse();
        Ok(Self {
            base,
            profile,
            roles,
        })
    }
}

/// Where a role's own credentials come from.
enum Source {
    Profile(String),
    Named(Base),
}

struct Resolver<'a> {
    environment: &'a Environment,
    file: &'a ProfileFile,
}

impl Resolver<'_> {
    /// One word of a profile. What is set and empty was meant to say something.
    fn word(&self, profile: &str, key: &str) -> Result<Option<String>, Finding> {
        self.file
            .entry(profile, key)
            .map(|entry| self.checked(profile, key, entry))
            .transpose()
    }

    fn checked(&self, profile: &str, key: &str, entry: Entry<'_>) -> Result<String, Finding> {
        let what = match entry.value {
            "" => "is empty",
            value if value.contains('\n') => "goes on in the line below",
            value => return Ok(value.to_owned()),
        };
        Err(self.at(profile, key, &format!("{key} {what}")))
    }

    /// A mistake of a profile, at the place of a setting if it has one.
    fn at(&self, profile: &str, key: &str, what: &str) -> Finding {
        let cause = format!("profile {profile}: {what}");
        match self.file.entry(profile, key) {
            Some(entry) => self.file.place(entry, cause),
            None => Finding {
                file: self.file.path(Which::Config).to_path_buf(),
                line: 0,
                cause,
                serious: true,
            },
        }
    }

    fn has_keys(&self, profile: &str) -> bool {
        ["aws_access_key_id", "aws_secret_access_key"]
            .iter()
            .any(|key| self.file.entry(profile, key).is_some())
    }

    fn role(&self, profile: &str) -> Result<(Role, Source), Finding> {
        let word = |key| self.word(profile, key);
        let wrong = |key: &str, what: &str| Err(self.at(profile, key, what));
        let source = match (word("source_profile")?, word("credential_source")?) {
            (Some(_), Some(_)) => {
                return wrong(
                    "credential_source",
                    "both source_profile and credential_source are set; only one can be",
                );
            }
            (None, None) => {
                return wrong(
                    "role_arn",
                    "role_arn needs source_profile or credential_source beside it",
                );
            }
            (Some(source), None) if self.file.has(&source) => Source::Profile(source),
            (Some(source), None) => {
                return wrong(
                    "source_profile",
                    &format!(
                        "the source profile is not there: {}",
                        self.file.missing(&source)
                    ),
                );
            }
            (None, Some(source)) => Source::Named(match source.as_str() {
                "Environment" => match environment_keys(self.environment)? {
                    Some(keys) => Base::Environment(keys),
                    None => {
                        return wrong(
                            "credential_source",
                            "credential_source is Environment, and AWS_ACCESS_KEY_ID is not set",
                        );
                    }
                },
                "Ec2InstanceMetadata" => Base::Instance,
                "EcsContainer" => Base::Container,
                _ => {
                    return wrong(
                        "credential_source",
                        "credential_source must be Environment, Ec2InstanceMetadata or \
                         EcsContainer",
                    );
                }
            }),
        };
        let Some(arn) = word("role_arn")? else {
            return wrong("role_arn", "role_arn is missing");
        };
        let role = Role {
            profile: profile.to_owned(),
            arn,
            session_name: word("role_session_name")?,
            external_id: word("external_id")?,
            // What is no number is passed over, as botocore does.
            duration: word("duration_seconds")?.and_then(|seconds| seconds.parse().ok()),
            mfa: word("mfa_serial")?.is_some(),
        };
        Ok((role, source))
    }

    /// What a profile itself holds. The variables of web identity count for the profile in use.
    fn base(&self, profile: &str, with_variables: bool) -> Result<Option<Base>, Finding> {
        if let Some(base) = self.web_identity(profile, with_variables)? {
            return Ok(Some(base));
        }
        if let Some(base) = self.sso(profile)? {
            return Ok(Some(base));
        }
        if let Some(base) = self.keys(Which::Credentials, profile)? {
            return Ok(Some(base));
        }
        if let Some(session) = self.word(profile, "login_session")? {
            return Ok(Some(Base::Login(session)));
        }
        if let Some(command) = self.file.entry(profile, "credential_process") {
            if command.value.is_empty() {
                return Err(self.at(profile, "credential_process", "credential_process is empty"));
            }
            // A command may go on in the lines below; a shell would take them for further ones.
            return Ok(Some(Base::Process(command.value.replace('\n', " ").into())));
        }
        self.keys(Which::Config, profile)
    }

    fn web_identity(&self, profile: &str, with_variables: bool) -> Result<Option<Base>, Finding> {
        let word = |variable, key| match self.environment.get(variable) {
            Some(value) if with_variables => Ok(Some(value.to_owned())),
            _ => self.word(profile, key),
        };
        let token_file = word("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file")?;
        let Some(token_file) = token_file else {
            return Ok(None);
        };
        let Some(role) = word("AWS_ROLE_ARN", "role_arn")? else {
            return Err(self.at(
                profile,
                "web_identity_token_file",
                "a web identity token needs a role: set role_arn, or AWS_ROLE_ARN",
            ));
        };
        Ok(Some(Base::WebIdentity {
            role,
            token_file,
            session_name: word("AWS_ROLE_SESSION_NAME", "role_session_name")?,
        }))
    }

    fn sso(&self, profile: &str) -> Result<Option<Base>, Finding> {
        let own = |key| self.word(profile, key);
        let (account, role) = (own("sso_account_id")?, own("sso_role_name")?);
        if account.is_none() && role.is_none() {
            return Ok(None);
        }
        let session = own("sso_session")?;
        if let Some(name) = session
            .as_deref()
            .filter(|name| !self.file.has_sso_session(name))
        {
            let what = format!("[sso-session {name}] is not there");
            return Err(self.at(profile, "sso_session", &what));
        }
        let word = |key: &str| -> Result<String, Finding> {
            let own = self.word(profile, key)?;
            let of_session = session
                .as_deref()
                .and_then(|name| self.file.sso_setting(name, key));
            match (own, of_session) {
                (Some(own), Some(other)) if own != other => Err(self.at(
                    profile,
                    key,
                    &format!("{key} differs from that of its sso-session"),
                )),
                (Some(value), _) => Ok(value),
                (None, Some(value)) => Ok(value.to_owned()),
                (None, None) => Err(self.at(
                    profile,
                    "sso_session",
                    &format!("{key} is missing for single sign-on"),
                )),
            }
        };
        Ok(Some(Base::Sso {
            account: word("sso_account_id")?,
            role: word("sso_role_name")?,
            region: word("sso_region")?,
            start_url: word("sso_start_url")?,
            session: session.clone(),
        }))
    }

    /// Keys of one file alone: half of them there and half here is nobody's key.
    fn keys(&self, which: Which, profile: &str) -> Result<Option<Base>, Finding> {
        let word = |key| {
            self.file
                .entry_in(which, profile, key)
                .map(|entry| self.checked(profile, key, entry))
                .transpose()
        };
        let Some(id) = word("aws_access_key_id")? else {
            return Ok(None);
        };
        let Some(secret) = word("aws_secret_access_key")? else {
            return Err(self.at(
                profile,
                "aws_access_key_id",
                "aws_access_key_id stands without aws_secret_access_key",
            ));
        };
        let token = match word("aws_security_token")? {
            Some(token) => Some(token),
            None => word("aws_session_token")?,
        };
        let mut keys = Credentials::builder()
            .access_key_id(id)
            .secret_access_key(secret)
            .provider_name("ProfileFile");
        keys.set_session_token(token);
        Ok(Some(Base::Keys(which, keys.build())))
    }
}

/// Static keys of the environment.
fn environment_keys(environment: &Environment) -> Result<Option<Credentials>, Finding> {
    let Some(id) = environment.get("AWS_ACCESS_KEY_ID") else {
        return Ok(None);
    };
    let Some(secret) = environment.get("AWS_SECRET_ACCESS_KEY") else {
        return Err(Finding {
            file: "AWS_ACCESS_KEY_ID".into(),
            line: 0,
            cause: "is set and AWS_SECRET_ACCESS_KEY is not".to_owned(),
            serious: true,
        });
    };
    let token = environment
        .get("AWS_SECURITY_TOKEN")
        .or_else(|| environment.get("AWS_SESSION_TOKEN"));
    Ok(Some(Credentials::new(
        id,
        secret,
        token.map(str::to_owned),
        None,
        "Environment",
    )))
}

fn last_resort(environment: &Environment) -> Base {
    let container = [
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ];
    if container.iter().any(|name| environment.get(name).is_some()) {
        Base::Container
    } else {
        Base::Instance
    }
}

#[cfg(test)]
mod tests;
