//! A policy version, as bodies name it and answers show it.

use clearance::{Digest, PolicyVersion};
use clearance_rollout::Exceptions;
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::Fields;

/// A policy version.
#[derive(Serialize, ToSchema)]
#[schema(as = PolicyVersion)]
pub(crate) struct VersionView {
    /// The digest of the component: `sha256:` and 64 digits.
    digest: String,
    /// The name of the policy.
    name: String,
    /// The semantic version of the policy.
    version: String,
    /// The contract that the component was built for.
    contract: String,
}

impl From<&PolicyVersion> for VersionView {
    fn from(version: &PolicyVersion) -> Self {
        let label = version.label();
        Self {
            digest: label.digest.to_string(),
            name: label.name,
            version: label.semver.to_string(),
            contract: version.contract().to_owned(),
        }
    }
}

/// The digest of a version, out of a body.
pub(super) fn wanted_digest(fields: &mut Fields) -> Option<Digest> {
    let text: String = fields.required("digest")?;
    let digest = text.parse().ok();
    if digest.is_none() {
        fields.flaw("digest", "expected `sha256:` and 64 lowercase hexadecimal digits");
    }
    digest
}

/// What is allowed although it is unusual, out of a body.
pub(super) fn wanted_exceptions(fields: &mut Fields) -> Exceptions {
    Exceptions {
        downgrade: fields.optional("allowDowngrade").unwrap_or(false),
        other_name: fields.optional("allowOtherName").unwrap_or(false),
    }
}
