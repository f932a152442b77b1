//! The keys API.

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, StatusCode};
use clearance::document::{Binding, BindingRole, Key, Mode, Timestamp};
use clearance::key::{self, KeyChange, KeyDraft, KeyError, KeyRecord, KeyRefusal};
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
use crate::word;
use crate::work::Work;

/// A key to make. Unknown fields are ignored.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
#[schema(rename_all = "camelCase")]
pub(crate) struct WantedKey {
    /// `personal` (the default) or `service`.
    #[schema(required = false, nullable = false, value_type = Option<word::KeyType>)]
    key_type: Option<String>,
    /// The name, 1 to 100 UTF-16 code units.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// A description, at most 500 UTF-16 code units.
    #[schema(required = false, nullable = false, max_length = 500)]
    description: Option<String>,
    /// The last moment at which the key works.
    #[schema(required = false, nullable = false, format = DateTime)]
    expires_at: Option<String>,
    /// The id of the user who will own a personal key. By default the owner of the presented key.
    #[schema(required = false, nullable = false)]
    assigned_to_user_id: Option<String>,
    /// `all` (the default), `readonly` or `restricted`.
    #[schema(required = false, nullable = false, value_type = Option<word::PermissionMode>)]
    permission_mode: Option<String>,
    /// The permissions of a restricted key.
    #[schema(required = false, nullable = false)]
    permissions: Option<Vec<String>>,
    /// The bindings of the key, at most 20. A personal key needs one. A service key without bindings gets ADMIN of the organization.
    #[schema(required = false, nullable = false, max_items = 20)]
    bindings: Option<Vec<WantedKeyBinding>>,
    /// The ids of projects of which a service key gets ADMIN, at most 50.
    #[schema(required = false, nullable = false, max_items = 50)]
    project_ids: Option<Vec<String>>,
}

/// A change of a key. A field that is left out stays as it is, and unknown fields are ignored.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
#[schema(rename_all = "camelCase")]
pub(crate) struct WantedChange {
    /// The name, 1 to 100 UTF-16 code units.
    #[schema(required = false, nullable = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// A description, at most 500 UTF-16 code units. Null removes it.
    #[schema(required = false, max_length = 500)]
    description: Option<String>,
    /// `all`, `readonly` or `restricted`.
    #[schema(required = false, nullable = false, value_type = Option<word::PermissionMode>)]
    permission_mode: Option<String>,
    /// The permissions of a restricted key. They require `permissionMode` and `bindings` as well.
    #[schema(required = false, nullable = false)]
    permissions: Option<Vec<String>>,
    /// The new bindings. They replace all bindings of the key.
    #[schema(required = false, nullable = false, min_items = 1, max_items = 20)]
    bindings: Option<Vec<WantedKeyBinding>>,
}

/// A role at a scope.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WantedKeyBinding {
    /// `ADMIN`, `MEMBER`, `VIEWER`, or `CUSTOM` for what `permissions` lists.
    #[schema(value_type = word::BindingRole)]
    role: BindingRole,
    /// `ORGANIZATION`, `TEAM` or `PROJECT`.
    #[schema(value_type = word::ScopeType)]
    scope_type: &'static str,
    /// The id of the organization, team or project at which the role applies.
    scope_id: Box<str>,
}

/// A binding of a key: a role at a scope.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyBinding {
    /// The id of the binding.
    id: Box<str>,
    /// `ADMIN`, `MEMBER`, `VIEWER`, or `CUSTOM` for the permissions of the key.
    #[schema(value_type = word::BindingRole)]
    role: BindingRole,
    /// `ORGANIZATION`, `TEAM` or `PROJECT`.
    #[schema(value_type = word::ScopeType)]
    scope_type: &'static str,
    /// The id of the organization, team or project at which the role applies.
    scope_id: Box<str>,
}

/// The keys that the presented key may see.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyList {
    /// The keys, newest first. Expired keys are included, revoked ones are not.
    data: Vec<ListedKey>,
}

/// A key in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListedKey {
    /// The id of the key.
    id: Box<str>,
    /// The name of the key, for people.
    name: Box<str>,
    /// The description of the key, or null.
    #[schema(required = true)]
    description: Option<Box<str>>,
    /// When the key was made. Absent if that was not recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, required = false, nullable = false)]
    created_at: Option<Timestamp>,
    /// The last moment at which the key works, or null if it never expires.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    expires_at: Option<Timestamp>,
    /// When the key was last used with success, or null if it never was.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    last_used_at: Option<Timestamp>,
    /// When the key was revoked, or null if it was not.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    revoked_at: Option<Timestamp>,
    /// The bindings of the key, without CUSTOM ones. Read the single key to get those too.
    role_bindings: Vec<KeyBinding>,
}

/// A new key, with its token.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MadeKey {
    /// The token. No later answer has it.
    token: String,
    /// The key.
    api_key: MadeKeyRow,
}

/// The row of a new key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MadeKeyRow {
    /// The id of the key.
    id: Box<str>,
    /// The name of the key, for people.
    name: Box<str>,
    /// When the key was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = true)]
    created_at: Option<Timestamp>,
}

/// A key with all its bindings.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WholeKey {
    /// The id of the key.
    id: Box<str>,
    /// The name of the key, for people.
    name: Box<str>,
    /// The description of the key, or null.
    #[schema(required = true)]
    description: Option<Box<str>>,
    /// `personal` if the key has an owner, `service` if not.
    #[schema(value_type = word::KeyType)]
    key_type: &'static str,
    /// The id of the user who owns the key, or null for a service key.
    #[schema(required = true)]
    assigned_to_user_id: Option<Box<str>>,
    /// The id of the user who made the key, or null if that was not recorded.
    #[schema(required = true)]
    created_by_user_id: Option<Box<str>>,
    /// `all`, `readonly` or `restricted`. It is a label: bindings and permissions decide.
    #[schema(value_type = word::PermissionMode)]
    permission_mode: Mode,
    /// The permissions of a restricted key. Empty if no binding is CUSTOM.
    permissions: Vec<Box<str>>,
    /// When the key was made. Absent if that was not recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, required = false, nullable = false)]
    created_at: Option<Timestamp>,
    /// The last moment at which the key works, or null if it never expires.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    expires_at: Option<Timestamp>,
    /// When the key was last used with success, or null if it never was.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    last_used_at: Option<Timestamp>,
    /// When the key was revoked, or null if it was not.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    revoked_at: Option<Timestamp>,
    /// The bindings of the key.
    role_bindings: Vec<KeyBinding>,
    /// The same bindings, in the form in which a request names them.
    bindings: Vec<WantedKeyBinding>,
}

/// The key was revoked.
#[derive(Serialize, ToSchema)]
pub(crate) struct Success {
    /// Always true.
    success: bool,
}

/// Lists the keys that the presented key may see.
///
/// It requires `organization:view`, and from a service key `organization:manage` as well.
#[utoipa::path(
    get,
    path = "/api/api-keys",
    operation_id = "list_api_keys",
    tag = "langwatch",
    responses((status = 200, description = "The keys, newest first, without revoked ones.", body = KeyList), KeyRefused),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn list(State(server): State<Server>, headers: HeaderMap) -> Result<(Used, Json<KeyList>), Refusal> {
    let Asker { identity, organization, used } = asker(&server, &headers)?;
    let list = move |keeper: &Keeper| {
        let records = keeper.list_keys(identity.principal(), &organization)?;
        Ok::<_, KeyFault>(KeyList { data: records.into_iter().map(list_entry).collect() })
    };
    Ok((used, Json(server.work(Work::Listing, list).await??)))
}

/// Makes a key.
///
/// It requires `organization:manage`. A key cannot get more than its owner has.
#[utoipa::path(
    post,
    path = "/api/api-keys",
    operation_id = "create_api_key",
    tag = "langwatch",
    request_body = WantedKey,
    responses((status = 201, description = "The key was made and stored. The answer has its token.", body = MadeKey), KeyRefused, BodyRefused),
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

/// Reads one key.
///
/// It requires `organization:view`, and the presented key must be allowed to see the other.
#[utoipa::path(
    get,
    path = "/api/api-keys/{id}",
    operation_id = "get_api_key",
    tag = "langwatch",
    params(("id" = String, Path, description = "The id of the key.")),
    responses(
        (status = 200, description = "The key.", body = WholeKey),
        (status = 404, description = "The key does not exist, or the presented key may not see it.", body = crate::refusal::RefusalBody),
        KeyRefused,
    ),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn read(State(server): State<Server>, key: Id, headers: HeaderMap) -> Result<(Used, Json<WholeKey>), Refusal> {
    let Asker { identity, organization, used } = asker(&server, &headers)?;
    let record = server.keeper().read_key(identity.principal(), &organization, &id(key))?;
    Ok((used, Json(whole_key(record))))
}

/// Changes a key.
///
/// It requires `organization:manage`. All changes are made at once. Token, owner and expiry cannot be changed.
#[utoipa::path(
    patch,
    path = "/api/api-keys/{id}",
    operation_id = "update_api_key",
    tag = "langwatch",
    params(("id" = String, Path, description = "The id of the key.")),
    request_body = WantedChange,
    responses(
        (status = 200, description = "The key was changed and stored.", body = WholeKey),
        (status = 404, description = "The key does not exist, or the presented key may not see it.", body = crate::refusal::RefusalBody),
        (status = 409, description = "The key was revoked before.", body = crate::refusal::RefusalBody),
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
    Ok((used, Json(whole_key(record))))
}

/// Revokes a key, at once and for good.
///
/// It requires `organization:manage`. The next request with the revoked key is refused.
#[utoipa::path(
    delete,
    path = "/api/api-keys/{id}",
    operation_id = "revoke_api_key",
    tag = "langwatch",
    params(("id" = String, Path, description = "The id of the key.")),
    responses(
        (status = 200, description = "The key was revoked, and that is stored.", body = Success),
        (status = 404, description = "The key does not exist, or the presented key may not see it.", body = crate::refusal::RefusalBody),
        (status = 409, description = "The key was revoked before.", body = crate::refusal::RefusalBody),
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

fn list_entry(record: KeyRecord) -> ListedKey {
    let KeyRecord { key, bindings, .. } = record;
    let Key { id, name, description, created_at, expires_at, last_used_at, revoked_at, .. } = key;
    // Clients break off on a CUSTOM one here.
    let plain = bindings.into_iter().filter(|binding| binding.role != BindingRole::Custom);
    let role_bindings = plain.map(key_binding).collect();
    ListedKey { id, name, description, created_at, expires_at, last_used_at, revoked_at, role_bindings }
}

fn whole_key(record: KeyRecord) -> WholeKey {
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
        bindings: bindings.iter().map(key_binding_fields).collect(),
        role_bindings: bindings.into_iter().map(key_binding).collect(),
    }
}

fn key_binding_fields(binding: &Binding) -> WantedKeyBinding {
    let Binding { role, scope, .. } = binding;
    WantedKeyBinding { role: *role, scope_type: key::scope_type(scope), scope_id: scope.id().into() }
}

fn key_binding(binding: Binding) -> KeyBinding {
    let WantedKeyBinding { role, scope_type, scope_id } = key_binding_fields(&binding);
    KeyBinding { id: binding.id, role, scope_type, scope_id }
}
