//! Keys, as routes of our own make, change and show them: for operators and for signed-in users.

pub(crate) mod draft;
pub(crate) mod page;

use axum::response::{IntoResponse, Response};
use clearance::PrincipalId;
use clearance::key::{KeyRecord, KeyRefusal, Warning};
use clearance_keeper::{CreatedKey, EditedKey, Keeper, KeyFault, KeyView, Origin};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use self::page::PageRequest;
use crate::body::Fields;
use crate::error::{Error, Flaw};
use crate::problem::Problem;
use crate::server::Server;
use crate::work::Work;

/// A new key, with its token.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedKeyBody {
    /// The token. No later answer has it.
    token: String,
    /// The key.
    #[schema(value_type = crate::schema::Key)]
    key: KeyView,
    /// What may not be intended: the key administers the whole organization, has expired already, or lists an unknown permission.
    #[schema(value_type = Vec<crate::word::Warning>)]
    warnings: Vec<&'static str>,
}

/// A key after a change.
#[derive(Serialize, ToSchema)]
pub(crate) struct EditedKeyBody {
    /// The key.
    #[schema(value_type = crate::schema::Key)]
    key: KeyView,
    /// What may not be intended, as for a new key.
    #[schema(value_type = Vec<crate::word::Warning>)]
    warnings: Vec<&'static str>,
}

/// A key after its revocation.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevokedKeyBody {
    /// The key.
    #[schema(value_type = crate::schema::Key)]
    key: KeyView,
}

/// A page of keys, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Keys {
    /// The keys of this page.
    #[schema(value_type = Vec<crate::schema::Key>)]
    keys: Vec<KeyView>,
    /// The `cursor` for the next page. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// Why nothing was done about a key: a problem that also says the code and the fields of a refusal.
pub(crate) struct KeyProblem(Error);

impl<E: Into<Error>> From<E> for KeyProblem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for KeyProblem {
    fn into_response(self) -> Response {
        Problem::from(with_code(self.0)).into_response()
    }
}

/// Makes a key for a signed-in user, out of the fields that are left of a body.
pub(crate) async fn create(
    server: &Server,
    user: String,
    organization: String,
    fields: Fields,
    origin: Origin,
) -> Result<CreatedKeyBody, Error> {
    let (draft, flaws) = draft::draft(server.keeper(), &organization, fields)?;
    if !flaws.is_empty() {
        let asked = server.keeper().authorizer()?.view().create_key(PrincipalId::User(&user), &organization, &draft);
        return Err(with_flaws(flaws, asked.err().map(KeyFault::from)));
    }
    let made = server.work(Work::Write, move |keeper| {
        let made = keeper.create_key(PrincipalId::User(&user), &organization, &draft, &origin);
        made.map(|CreatedKey { record, token, warnings, .. }| (keeper.view_of_written(record), token, warnings))
    });
    let (key, token, warnings) = made.await??;
    Ok(CreatedKeyBody { token: token.expose().to_owned(), key, warnings: words(&warnings) })
}

/// Changes a key for a signed-in user, out of the fields that are left of a body. Without an organization the key does not exist.
pub(crate) async fn edit(
    server: &Server,
    user: String,
    organization: Option<String>,
    key: String,
    fields: Fields,
    origin: Origin,
) -> Result<EditedKeyBody, Error> {
    let (change, flaws) = draft::change(server.keeper(), organization.as_deref().unwrap_or_default(), fields)?;
    let organization = match organization {
        Some(organization) if flaws.is_empty() => organization,
        organization => {
            // Every mistake in the body is reported before a refusal.
            let asked = server.keeper().authorizer()?.view().edit_key(
                PrincipalId::User(&user),
                organization.as_deref().unwrap_or_default(),
                &key,
                &change,
            );
            return Err(match with_flaws(flaws, asked.err().map(KeyFault::from)) {
                Error::Invalid(flaws) if flaws.is_empty() => KeyRefusal::NotFound.into(),
                error => error,
            });
        }
    };
    let edited = server.work(Work::Write, move |keeper| {
        let edited = keeper.edit_key(PrincipalId::User(&user), &organization, &key, &change, &origin);
        edited.map(|EditedKey { record, warnings, .. }| (keeper.view_of_written(record), warnings))
    });
    let (key, warnings) = edited.await??;
    Ok(EditedKeyBody { key, warnings: words(&warnings) })
}

/// Revokes a key for a signed-in user.
pub(crate) async fn revoke(
    server: &Server,
    user: String,
    organization: String,
    key: String,
    origin: Origin,
) -> Result<RevokedKeyBody, Error> {
    let revoked = server.work(Work::Revocation, move |keeper| {
        let revoked = keeper.revoke_key(PrincipalId::User(&user), &organization, &key, &origin);
        revoked.map(|record| keeper.view_of_written(record))
    });
    Ok(RevokedKeyBody { key: revoked.await?? })
}

/// A page of a list, as it is shown.
pub(crate) fn page_of_keys(keeper: &Keeper, records: Vec<KeyRecord>, page: &PageRequest) -> Result<Keys, Error> {
    let (records, next) = page.cut(records);
    let keys: Result<_, _> = records.into_iter().map(|record| keeper.view(record)).collect();
    Ok(Keys { keys: keys?, next })
}

fn words(warnings: &[Warning]) -> Vec<&'static str> {
    warnings.iter().map(|warning| warning.as_str()).collect()
}

/// Every mistake in a body: the given flaws, and those that the policy reports.
pub(crate) fn with_flaws(mut flaws: Vec<Flaw>, asked: Option<KeyFault>) -> Error {
    match asked.map(Error::from) {
        Some(Error::Invalid(others)) => flaws.extend(others),
        Some(Error::Fault(fault)) => return Error::Fault(fault),
        // Who may do it does not matter before the body is right.
        _ => {}
    }
    Error::Invalid(flaws)
}

/// The error with the code and the fields of the refusal beside it.
fn with_code(error: Error) -> Error {
    let (code, message) = (error.code(), error.message().into_owned());
    match error {
        Error::Invalid(_) | Error::Refused { .. } => {
            let status = error.status();
            let mut members = error.members();
            members.insert("code".into(), code.into());
            members.entry("fields").or_insert_with(|| json!([]));
            Error::Refused { status, code, message: message.into(), members }
        }
        other => other,
    }
}
