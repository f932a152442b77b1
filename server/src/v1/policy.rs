//! Which policy version is live.

use std::num::NonZeroU64;
use std::time::Duration;

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::HeaderMap;
use base64ct::{Base64, Encoding as _};
use clearance::{Digest, PolicyVersion, Reason, word};
use clearance_keeper::{ActivateError, Keeper, Origin, Versions};
use clearance_rollout::{ActivationPlan, ActivationStage, Case, CaseError, Difference, Exceptions, ShadowReport, Trial};
use clearance_store::{Purpose, Who};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::folder::{KeptInFolder, had, refuse_lost, stopped};
use super::pins::PinView;
use super::version::{VersionView, wanted_digest, wanted_exceptions};
use crate::body::{self, Fields, sound};
use crate::error::{Error, Flaw};
use crate::listener::Peer;
use crate::problem::{Problem, ProblemBody};
use crate::server::Server;
use crate::work::Work;

/// No two versions run beside each other for longer.
const MOST_SECONDS: u64 = 600;

/// The policy version that is live, and those that answer in its place for single organizations.
#[derive(Serialize, ToSchema)]
pub(crate) struct LivePolicy {
    #[serde(flatten)]
    live: VersionView,
    /// Sorted by organization.
    pins: Vec<PinView>,
}

/// Which version is to be live, and what it must show first.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
#[schema(rename_all = "camelCase")]
pub(crate) struct ActivateBody {
    /// The digest of a version in the folder of the server: `sha256:` and 64 digits.
    digest: String,
    /// What it must answer about the present directory: lines of `clearance evaluate`, each with `allow` or `permissions`.
    #[schema(required = false, nullable = false, value_type = Option<Vec<Object>>)]
    cases: Option<Vec<Value>>,
    /// So many permissions may be gained. Left out: any number.
    #[schema(required = false, nullable = false)]
    allow_gain: Option<u64>,
    /// So many may be lost. Left out: any number.
    #[schema(required = false, nullable = false)]
    allow_loss: Option<u64>,
    /// The version is asked what the live one is asked, before it answers anybody. Left out: it is not.
    #[schema(required = false, nullable = false)]
    shadow: Option<TrialBody>,
    /// The version that was live is asked what the new one is asked, and comes back if that goes wrong. Left out: it does not.
    #[schema(required = false, nullable = false)]
    watch: Option<TrialBody>,
    /// Allow a lower version than the highest that was ever live under its name.
    #[schema(required = false, nullable = false)]
    allow_downgrade: Option<bool>,
    /// Allow a policy of another name than the live one.
    #[schema(required = false, nullable = false)]
    allow_other_name: Option<bool>,
}

/// How long two versions run beside each other, and what ends that early.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Trial)]
pub(crate) struct TrialBody {
    /// It ends after so many comparisons.
    decisions: u64,
    /// And after so many seconds at the latest, at most 600.
    #[schema(maximum = 600)]
    seconds: u64,
    /// Of so many checks, one is asked again. Left out: each is.
    #[serde(default)]
    #[schema(required = false, nullable = false, value_type = Option<u64>, minimum = 1)]
    every: Option<NonZeroU64>,
    /// So many questions may stay unanswered. Left out: none.
    #[serde(default)]
    #[schema(required = false)]
    allow_failures: u64,
    /// So many gains and losses may come that the difference of the versions does not show. Left out: none.
    #[serde(default)]
    #[schema(required = false)]
    allow_unexpected: u64,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Activated {
    /// The version that is live.
    digest: String,
    /// The version that was live.
    before: String,
    /// Whether anything changed: false where it was live already.
    activated: bool,
    /// How many cases of its own it answers as they say.
    #[serde(skip_serializing_if = "Option::is_none")]
    carried: Option<usize>,
    /// How many cases that were sent with the request it answers as they say.
    #[serde(skip_serializing_if = "Option::is_none")]
    cases: Option<usize>,
    /// What was denied and is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    gains: Option<u64>,
    /// What was allowed and is denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    losses: Option<u64>,
    /// How many principals gain or lose something.
    #[serde(skip_serializing_if = "Option::is_none")]
    principals: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shadow: Option<TrialReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    watch: Option<TrialReport>,
}

/// What two versions said beside each other.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct TrialReport {
    /// How many checks both answered.
    compared: u64,
    /// How many checks were to be compared and were not.
    dropped: u64,
    /// How many the one that answered nobody would have allowed though they were denied.
    gains: u64,
    /// How many it would have denied though they were allowed.
    losses: u64,
    /// How many gains and losses the difference of the versions does not show.
    unexpected: u64,
    /// How many questions the version on trial left unanswered.
    failures: u64,
    /// The first checks that the two answered differently, 256 at most.
    differences: Vec<TrialDifference>,
}

/// A check that two versions answered differently.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct TrialDifference {
    /// Who asked, what for, and where, for people.
    question: String,
    /// What was answered.
    answered: TrialAnswer,
    /// What the version that answered nobody would have answered.
    otherwise: TrialAnswer,
    /// Whether the difference of the versions does not show it.
    unexpected: bool,
    /// What was answered, in base64, for `clearance replay`. Absent where the data had changed before it could be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    capsule: Option<String>,
}

/// An answer to a check.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct TrialAnswer {
    allow: bool,
    reason: &'static str,
}

impl TrialReport {
    fn of(report: &ShadowReport, failures: u64) -> Self {
        let ShadowReport { compared, dropped, gains, losses, unexpected, .. } = *report;
        let differences = report.differences.iter().map(TrialDifference::from).collect();
        Self { compared, dropped, gains, losses, unexpected, failures, differences }
    }
}

impl From<&Difference> for TrialDifference {
    fn from(Difference { question, live, shadow, unexpected, capsule, .. }: &Difference) -> Self {
        let answer = |(allow, reason): &(bool, Reason)| TrialAnswer { allow: *allow, reason: word::reason(*reason) };
        Self {
            question: question.to_string(),
            answered: answer(live),
            otherwise: answer(shadow),
            unexpected: *unexpected,
            capsule: capsule.as_ref().map(|capsule| Base64::encode_string(&capsule.to_bytes())),
        }
    }
}

/// The policy version that is live, and the organizations that are pinned to another. For operators whose purpose is `policy`.
#[utoipa::path(
    get,
    path = "/v1/policy",
    operation_id = "live_policy",
    tag = "backend",
    responses(
        (status = 200, description = "It.", body = LivePolicy),
        (status = 401, description = "No valid credential.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The operator is not for this.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "A fault.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "A fault that may pass.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("operator" = []))
)]
pub(crate) async fn live(State(server): State<Server>, headers: HeaderMap) -> Result<Json<LivePolicy>, Problem> {
    server.operator(&headers, Purpose::Policy)?;
    let authorizer = server.keeper().authorizer()?;
    let pin = |(organization, version): (String, PolicyVersion)| PinView::of(organization, &version);
    Ok(Json(LivePolicy { live: (&authorizer.live_version()).into(), pins: authorizer.pins().into_iter().map(pin).collect() }))
}

/// Makes a version live that is in the folder of the server: its signature, what was live before, the difference to the live version over
/// the whole directory, and whatever else is asked for, in this order. Answers when all of it is done. For operators whose purpose is
/// `policy`.
#[utoipa::path(
    post,
    path = "/v1/policy/activate",
    operation_id = "activate_policy",
    tag = "backend",
    request_body = ActivateBody,
    responses(
        (status = 200, description = "It is live, and will be after the next start.", body = Activated),
        (status = 400, description = "The body is no JSON.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid credential.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The operator is not for this.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "A stage was not passed, another version is being activated, or the server has no folder of versions. The version that was live still is, or is so again.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is too long.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The body is not what it should be.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "A fault.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "A fault that may pass. After `busy` and `store-unavailable` nothing was changed; after another, look whether it was done before you send it again.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("operator" = []))
)]
pub(crate) async fn activate(
    State(server): State<Server>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    request: Request,
) -> Result<Json<Activated>, Problem> {
    let operator = server.operator(&headers, Purpose::Policy)?;
    let Wanted { digest, plan, exceptions } = Wanted::of(body::json(&server, body::of_any(&server, request).await).await?)?;
    let versions = server.folder()?;
    let origin = Peer::origin(peer, Who::Operator(operator.id));
    let activated =
        server.work(Work::Policy, move |keeper| make_live(keeper, &versions, digest, &plan, exceptions, &origin)).await??;
    Ok(Json(activated))
}

fn make_live(
    keeper: &Keeper,
    versions: &Versions,
    digest: Digest,
    plan: &ActivationPlan,
    exceptions: Exceptions,
    origin: &Origin,
) -> Result<Activated, Error> {
    let stopped = |error: &(dyn std::error::Error + 'static)| stopped("activation-refused", error);
    let version = had("activation-refused", versions.get(digest), digest)?;
    let running = keeper.authorizer()?.live_version().label();
    let mut activated = Activated {
        digest: digest.to_string(),
        before: running.digest.to_string(),
        activated: false,
        carried: None,
        cases: None,
        gains: None,
        losses: None,
        principals: None,
        shadow: None,
        watch: None,
    };
    refuse_lost("activation-refused", keeper, versions)?;
    // Said before anything takes long.
    let history = versions.store().history().map_err(|error| stopped(&error))?;
    history.permits(&version.label(), &running, exceptions).map_err(|error| stopped(&error))?;
    let mut kept = KeptInFolder::new(versions.store(), &running, exceptions);
    let mut report = |stage: &ActivationStage| match stage {
        ActivationStage::Carried { cases } => activated.carried = Some(*cases),
        ActivationStage::Cases { cases } => activated.cases = Some(*cases),
        ActivationStage::Diff { gains, losses, principals, .. } => {
            (activated.gains, activated.losses) = (Some(*gains), Some(*losses));
            activated.principals = Some(*principals);
        }
        ActivationStage::Shadow(report) => activated.shadow = Some(TrialReport::of(report, report.failures)),
        ActivationStage::Watch { report, failures } => activated.watch = Some(TrialReport::of(report, *failures)),
        _ => {}
    };
    let outcome = keeper.activate(&version, plan, origin, &mut kept, &mut report);
    let seen = [("shadow", &activated.shadow), ("watch", &activated.watch)];
    match outcome {
        Ok(before) => {
            activated.activated = before.is_some();
            Ok(activated)
        }
        Err(ActivateError::Fault(fault)) => Err(fault.into()),
        Err(ActivateError::Stage(error)) => Err(with_seen(stopped(&error), seen)),
    }
}

/// The same with what two versions said beside each other, so that it can be looked into.
fn with_seen(error: Error, seen: [(&str, &Option<TrialReport>); 2]) -> Error {
    match error {
        Error::Refused { status, code, message, mut members } => {
            for (name, report) in seen {
                let report = report.as_ref().and_then(|report| serde_json::to_value(report).ok());
                members.extend(report.map(|report| (name.to_owned(), report)));
            }
            Error::Refused { status, code, message, members }
        }
        other => other,
    }
}

/// What a body asks for.
struct Wanted {
    digest: Digest,
    plan: ActivationPlan,
    exceptions: Exceptions,
}

impl Wanted {
    fn of(body: Value) -> Result<Self, Error> {
        let mut fields = Fields::of(body)?;
        let digest = wanted_digest(&mut fields);
        let cases: Option<Vec<Value>> = fields.optional("cases");
        let most_gains = fields.optional("allowGain");
        let most_losses = fields.optional("allowLoss");
        let shadow: Option<Value> = fields.optional("shadow");
        let watch: Option<Value> = fields.optional("watch");
        let exceptions = wanted_exceptions(&mut fields);
        fields.refuse_others();
        let mut flaws = fields.flaws();
        let shadow = trial(shadow, "shadow", &mut flaws);
        let watch = trial(watch, "watch", &mut flaws);
        let cases: Vec<Case> = (0..).zip(cases.unwrap_or_default()).filter_map(|case| read_case(case, &mut flaws)).collect();
        sound(flaws)?;
        let plan = ActivationPlan { cases, most_gains, most_losses, shadow, watch };
        // It is there where nothing is wrong.
        Ok(Self { digest: digest.ok_or(Error::Panic)?, plan, exceptions })
    }
}

fn read_case((index, case): (usize, Value), flaws: &mut Vec<Flaw>) -> Option<Case> {
    match Case::read_all(&case.to_string()) {
        Ok(mut read) => read.pop(),
        Err(CaseError { problem, .. }) => {
            flaws.push(Flaw { field: format!("cases.{index}"), message: problem.trim_start_matches([':', ',', ' ']).to_owned() });
            None
        }
    }
}

fn trial(value: Option<Value>, name: &str, flaws: &mut Vec<Flaw>) -> Option<Trial> {
    match body::read::<TrialBody>(value?, name) {
        Ok(TrialBody { seconds, .. }) if seconds > MOST_SECONDS => {
            let message = format!("expected at most {MOST_SECONDS}");
            flaws.push(Flaw { field: format!("{name}.seconds"), message });
            None
        }
        Ok(TrialBody { decisions, seconds, every, allow_failures, allow_unexpected }) => Some(Trial {
            every: every.unwrap_or(NonZeroU64::MIN),
            decisions,
            time: Duration::from_secs(seconds),
            most_failures: allow_failures,
            most_unexpected: allow_unexpected,
        }),
        Err(flaw) => {
            flaws.push(flaw);
            None
        }
    }
}
