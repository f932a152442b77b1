//! The keys API.

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, StatusCode};
use clearance::document::{Binding, BindingRole, Key, Mode, Timestamp};
use clearance::key::{KeyChange, KeyDraft, KeyError, KeyRecord, KeyRefusal};
use clearance::word;
use clearance_keeper::{CreatedKey, EditedKey, Identity, Keeper, KeyFault};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::answer::{BodyRefused, KeyRefused};
use crate::body;
use crate::error::{Error, Flaw};
use crate::gate::Aim;
use crate::key::draft::too_many_permissions;
use crate::key::with_flaws;
use crate::listener::Peer;
use crate::marks::Used;
use crate::path::{Id, id};
use crate::refusal::Refusal;
use crate::server::Server;
use crate::word as words;
use crate::work::Work;

/// A key that is wanted. Other fields are passed over.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
#[schema(rename_all = "camelCase")]
pub(crate) struct WantedKey {
    /// `personal`, which is meant where it is left out, or `service`.
    #[schema(required = false, nullable = false, value_type = Option<words::KeyType>)]
    key_type: Option<String>,
    /// 1 to 100 UTF-16 code units.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// At most 500 UTF-16 code units.
    #[schema(required = false, nullable = false, max_length = 500)]
    description: Option<String>,
    /// The last moment at which it is to work.
    #[schema(required = false, nullable = false, format = DateTime)]
    expires_at: Option<String>,
    /// The id of the user whom a personal key is to belong to. Left out: the owner of the key that asks.
    #[schema(required = false, nullable = false)]
    assigned_to_user_id: Option<String>,
    /// `all`, which is meant where it is left out, `readonly` or `restricted`.
    #[schema(required = false, nullable = false, value_type = Option<words::PermissionMode>)]
    permission_mode: Option<String>,
    /// What a restricted key is restricted to.
    #[schema(required = false, nullable = false)]
    permissions: Option<Vec<String>>,
    /// At most 20; a personal key needs one. A service key without any administers the organization.
    #[schema(required = false, nullable = false, max_items = 20)]
    bindings: Option<Vec<WantedKeyBinding>>,
    /// The ids of projects that a service key is to administer, at most 50.
    #[schema(required = false, nullable = false, max_items = 50)]
    project_ids: Option<Vec<String>>,
}

/// A change of a key. Other fields are passed over, and what is left out stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
#[schema(rename_all = "camelCase")]
pub(crate) struct WantedChange {
    /// 1 to 100 UTF-16 code units.
    #[schema(required = false, nullable = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// At most 500 UTF-16 code units. Null takes it away.
    #[schema(required = false, max_length = 500)]
    description: Option<String>,
    /// `all`, `readonly` or `restricted`.
    #[schema(required = false, nullable = false, value_type = Option<words::PermissionMode>)]
    permission_mode: Option<String>,
    /// What a restricted key is restricted to: with the mode and with bindings.
    #[schema(required = false, nullable = false)]
    permissions: Option<Vec<String>>,
    /// They replace all bindings of the key.
    #[schema(required = false, nullable = false, min_items = 1, max_items = 20)]
    bindings: Option<Vec<WantedKeyBinding>>,
}

/// A role at a scope.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WantedKeyBinding {
    /// `ADMIN`, `MEMBER`, `VIEWER`, or `CUSTOM` for what `permissions` lists.
    #[schema(value_type = words::BindingRole)]
    role: BindingRole,
    /// `ORGANIZATION`, `TEAM` or `PROJECT`.
    #[schema(value_type = words::ScopeType)]
    scope_type: &'static str,
    /// The id of the organization, team or project.
    scope_id: Box<str>,
}

/// A role at a scope, as it is stored.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyBinding {
    id: Box<str>,
    /// As in a wanted one.
    #[schema(value_type = words::BindingRole)]
    role: BindingRole,
    /// `ORGANIZATION`, `TEAM` or `PROJECT`.
    #[schema(value_type = words::ScopeType)]
    scope_type: &'static str,
    scope_id: Box<str>,
}

/// The keys that the presented one sees, newest first, expired ones included and revoked ones not.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyList {
    data: Vec<ListedKey>,
}

/// A key in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListedKey {
    id: Box<str>,
    name: Box<str>,
    #[schema(required = true)]
    description: Option<Box<str>>,
    /// Absent where it was not recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, required = false, nullable = false)]
    created_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    expires_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    last_used_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    revoked_at: Option<Timestamp>,
    /// Without CUSTOM ones, which clients cannot read in a list: look at the one key.
    role_bindings: Vec<KeyBinding>,
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MadeKey {
    /// The token. There is no second look at it.
    token: String,
    api_key: MadeKeyRow,
}

/// What is said of a key that was just made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MadeKeyRow {
    id: Box<str>,
    name: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = true)]
    created_at: Option<Timestamp>,
}

/// A key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WholeKey {
    id: Box<str>,
    name: Box<str>,
    #[schema(required = true)]
    description: Option<Box<str>>,
    /// `personal` where it has an owner, else `service`.
    #[schema(value_type = words::KeyType)]
    key_type: &'static str,
    /// The id of its owner.
    #[schema(required = true)]
    assigned_to_user_id: Option<Box<str>>,
    /// The id of the user who made it.
    #[schema(required = true)]
    created_by_user_id: Option<Box<str>>,
    /// `all`, `readonly` or `restricted`. A label: bindings and permissions say what counts.
    #[schema(value_type = words::PermissionMode)]
    permission_mode: Mode,
    /// What it is restricted to. Empty where no binding is CUSTOM.
    permissions: Vec<Box<str>>,
    /// Absent where it was not recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, required = false, nullable = false)]
    created_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    expires_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    last_used_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    revoked_at: Option<Timestamp>,
    role_bindings: Vec<KeyBinding>,
    /// The same as they could be wanted again.
    bindings: Vec<WantedKeyBinding>,
}

/// The key is revoked.
#[derive(Serialize, ToSchema)]
pub(crate) struct Success {
    /// Always true.
    success: bool,
}

/// The keys that the presented one sees. It takes `organization:view`; a service key needs `organization:manage` as well.
#[utoipa::path(
    get,
    path = "/api/api-keys",
    operation_id = "list_api_keys",
    tag = "langwatch",
    responses((status = 200, description = "They are these.", body = KeyList), KeyRefused),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn list(State(server): State<Server>, headers: HeaderMap) -> Result<(Used, Json<KeyList>), Refusal> {
    let Asker { identity, organization, used } = asker(&server, &headers)?;
    let list = move |keeper: &Keeper| {
        let records = keeper.list_keys(identity.principal(), &organization)?;
        Ok::<_, KeyFault>(KeyList { data: records.into_iter().map(listed).collect() })
    };
    Ok((used, Json(server.work(Work::Listing, list).await??)))
}

/// Makes a key. It takes `organization:manage`, and no key is given more than its owner has.
#[utoipa::path(
    post,
    path = "/api/api-keys",
    operation_id = "create_api_key",
    tag = "langwatch",
    request_body = WantedKey,
    responses((status = 201, description = "It is made, and stored.", body = MadeKey), KeyRefused, BodyRefused),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn create(
    State(server): State<Server>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    request: Request,
) -> Result<(StatusCode, Used, Json<MadeKey>), Refusal> {
    let Asker { identity, organization, used } = asker(&server, &headers)?;
    let authorizer = server.keeper().authorizer()?;
    may_at_all(authorizer.view().create_key(identity.principal(), &organization, &KeyDraft::default()).map(drop))?;
    let mut fields = fields(&server, request).await?;
    let flaws = too_many_permissions(&mut fields);
    let draft = KeyDraft::from_json(&fields);
    if !flaws.is_empty() {
        let asked = server.keeper().authorizer()?.view().create_key(identity.principal(), &organization, &draft);
        return Err(with_flaws(flaws, asked.err().map(KeyFault::from)).into());
    }
    let origin = Peer::origin(peer, identity.who());
    let create = move |keeper: &Keeper| keeper.create_key(identity.principal(), &organization, &draft, &origin);
    let CreatedKey { record, token, .. } = server.work(Work::Write, create).await??;
    let Key { id, name, created_at, .. } = record.key;
    let made = MadeKey { token: token.expose().to_owned(), api_key: MadeKeyRow { id, name, created_at } };
    Ok((StatusCode::CREATED, used, Json(made)))
}

/// One key, if the presented one sees it. It takes `organization:view`.
#[utoipa::path(
    get,
    path = "/api/api-keys/{id}",
    operation_id = "get_api_key",
    tag = "langwatch",
    params(("id" = String, Path, description = "The id of the key.")),
    responses(
        (status = 200, description = "It is this.", body = WholeKey),
        (status = 404, description = "There is no such key for the one that asks.", body = crate::refusal::RefusalBody),
        KeyRefused,
    ),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn read(State(server): State<Server>, key: Id, headers: HeaderMap) -> Result<(Used, Json<WholeKey>), Refusal> {
    let Asker { identity, organization, used } = asker(&server, &headers)?;
    let record = server.keeper().read_key(identity.principal(), &organization, &id(key))?;
    Ok((used, Json(whole(record))))
}

/// Changes a key: all of it at once. It takes `organization:manage`. Token, owner and expiry stay.
#[utoipa::path(
    patch,
    path = "/api/api-keys/{id}",
    operation_id = "update_api_key",
    tag = "langwatch",
    params(("id" = String, Path, description = "The id of the key.")),
    request_body = WantedChange,
    responses(
        (status = 200, description = "It is changed, and stored.", body = WholeKey),
        (status = 404, description = "There is no such key that the one that asks may change.", body = crate::refusal::RefusalBody),
        (status = 409, description = "It is revoked already.", body = crate::refusal::RefusalBody),
        KeyRefused,
        BodyRefused,
    ),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn edit(
    State(server): State<Server>,
    key: Id,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    request: Request,
) -> Result<(Used, Json<WholeKey>), Refusal> {
    let Asker { identity, organization, used } = asker(&server, &headers)?;
    let key = id(key);
    let authorizer = server.keeper().authorizer()?;
    may_at_all(authorizer.view().edit_key(identity.principal(), &organization, &key, &KeyChange::default()).map(drop))?;
    let mut fields = fields(&server, request).await?;
    let flaws = too_many_permissions(&mut fields);
    let change = KeyChange::from_json(&fields);
    if !flaws.is_empty() {
        let asked = server.keeper().authorizer()?.view().edit_key(identity.principal(), &organization, &key, &change);
        return Err(with_flaws(flaws, asked.err().map(KeyFault::from)).into());
    }
    let origin = Peer::origin(peer, identity.who());
    let edit = move |keeper: &Keeper| keeper.edit_key(identity.principal(), &organization, &key, &change, &origin);
    let EditedKey { record, .. } = server.work(Work::Write, edit).await??;
    Ok((used, Json(whole(record))))
}

/// Revokes a key, at once and for good. It takes `organization:manage`.
#[utoipa::path(
    delete,
    path = "/api/api-keys/{id}",
    operation_id = "revoke_api_key",
    tag = "langwatch",
    params(("id" = String, Path, description = "The id of the key.")),
    responses(
        (status = 200, description = "It is revoked, and that is stored.", body = Success),
        (status = 404, description = "There is no such key.", body = crate::refusal::RefusalBody),
        (status = 409, description = "It is revoked already.", body = crate::refusal::RefusalBody),
        KeyRefused,
    ),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn revoke(
    State(server): State<Server>,
    key: Id,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<(Used, Json<Success>), Refusal> {
    let Asker { identity, organization, used } = asker(&server, &headers)?;
    let key = id(key);
    let origin = Peer::origin(peer, identity.who());
    let revoke = move |keeper: &Keeper| keeper.revoke_key(identity.principal(), &organization, &key, &origin);
    server.work(Work::Revocation, revoke).await??;
    Ok((used, Json(Success { success: true })))
}

/// The key that asks.
struct Asker {
    identity: Identity,
    organization: Box<str>,
    used: Used,
}

fn asker(server: &Server, headers: &HeaderMap) -> Result<Asker, Error> {
    let caller = server.caller(headers, Aim::Organization)?;
    // Nobody else is resolved for an organization.
    let organization = caller.identity.organization().map(Box::from).ok_or(Error::Unauthorized { presented: true })?;
    Ok(Asker { used: Used::by(&caller), identity: caller.identity.clone(), organization })
}

/// Whether the key may do such a thing at all. `nothing` is what the policy says of it with nothing sent. It is asked before the body is
/// read: who may not do it makes nobody read or wait.
fn may_at_all(nothing: Result<(), KeyError>) -> Result<(), Error> {
    match nothing {
        Err(KeyError::Refused(refusal @ KeyRefusal::Forbidden { .. })) => Err(refusal.into()),
        Err(fault @ (KeyError::Eval(_) | KeyError::BadFacts)) => Err(KeyFault::from(fault).into()),
        Ok(()) | Err(KeyError::Refused(_)) => Ok(()),
    }
}

/// The fields of a body.
async fn fields(server: &Server, request: Request) -> Result<Map<String, Value>, Error> {
    match body::json(server, body::of_key(server, request).await).await? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Error::Invalid(vec![Flaw { field: String::new(), message: "expected an object".to_owned() }])),
    }
}

fn listed(record: KeyRecord) -> ListedKey {
    let KeyRecord { key, bindings, .. } = record;
    let Key { id, name, description, created_at, expires_at, last_used_at, revoked_at, .. } = key;
    // Clients break off on a CUSTOM one here.
    let plain = bindings.into_iter().filter(|binding| binding.role != BindingRole::Custom);
    let role_bindings = plain.map(stored).collect();
    ListedKey { id, name, description, created_at, expires_at, last_used_at, revoked_at, role_bindings }
}

fn whole(record: KeyRecord) -> WholeKey {
    let KeyRecord { key, bindings, permissions, .. } = record;
    let Key { id, name, description, mode, owner, created_by, created_at, expires_at, revoked_at, last_used_at, .. } = key;
    WholeKey {
        id,
        name,
        description,
        key_type: if owner.is_some() { "personal" } else { "service" },
        assigned_to_user_id: owner,
        created_by_user_id: created_by,
        permission_mode: mode,
        permissions,
        created_at,
        expires_at,
        last_used_at,
        revoked_at,
        bindings: bindings.iter().map(wanted).collect(),
        role_bindings: bindings.into_iter().map(stored).collect(),
    }
}

fn wanted(binding: &Binding) -> WantedKeyBinding {
    let Binding { role, scope, .. } = binding;
    WantedKeyBinding { role: *role, scope_type: word::scope_type(scope), scope_id: scope.id().into() }
}

fn stored(binding: Binding) -> KeyBinding {
    let WantedKeyBinding { role, scope_type, scope_id } = wanted(&binding);
    KeyBinding { id: binding.id, role, scope_type, scope_id }
}
