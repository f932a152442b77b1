//! What is said of every hostile version, at the stage that stops it, for `docs/hostile.md`.

use std::{
    env,
    error::Error,
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use clearance::{
    Authorizer,
    PlaceId::{self, Organization, Project, Team},
    PolicyVersion,
    PrincipalId::Key,
};
use clearance_host::LANGWATCH;
use clearance_rollout::{ActivationPlan, CarriedCases, Shadow, StageError, TrialOptions, Trust, VersionStore};

use crate::{
    activation::activate,
    carried,
    company::directory,
    guest::{About, Deed, FAILING, after, component, engine, guest, load},
    hostile::{
        AT_LOAD, LATER, PERMISSION, SEVERAL, WRONG, cached, case_lines, endless, every_second_time, unless_it_was_first, wanting,
        watch_plan, whole,
    },
    hostile_page::Part,
};

/// Where one key is asked about. At the first it has the permission.
const PLACES_OF_CI: [PlaceId<'static>; 8] = [
    Project("shop"),
    Project("blog"),
    Project("lake"),
    Project("attic"),
    Team("web"),
    Team("data"),
    Team("ben-personal"),
    Organization("acme"),
];

fn does(deed: Deed, about: About) -> String {
    let deed = match deed {
        Deed::Trap => "Traps",
        Deed::Loop => "Never comes back",
        Deed::EatMemory => "Takes all the memory that there is",
        Deed::Recurse => "Calls itself without end",
        Deed::Garbage => "Answers with garbage",
        Deed::TooMuch => "Answers with too much",
        Deed::Lie => "Gives another answer than the facts demand",
        Deed::Dawdle => "Takes its time",
    };
    let about = match about {
        About::Describe => "what it is",
        About::Compile => "what a list of permissions holds",
        About::Decide => "for one permission",
        About::Effective => "for all permissions",
        About::EffectiveMany => "for many principals at once",
    };
    format!("{deed}, asked {about}")
}

/// What `clearance policy add` says of these bytes.
fn add_refused(bytes: &[u8]) -> impl Error {
    let folder = env::temp_dir().join(format!("clearance-hostile-versions-{}", std::process::id()));
    let store = VersionStore::create(&folder).unwrap();
    let outcome = store.add(engine(), &Trust::unsigned(vec![]), bytes, None);
    assert_eq!(store.list().unwrap(), []);
    fs::remove_dir_all(folder).unwrap();
    outcome.map(drop).unwrap_err()
}

/// Activates a version while one thread asks, and waits for what came of each question before the next: so it is certain how many
/// there were when something went wrong.
fn activate_refused(version: &PolicyVersion, plan: &ActivationPlan) -> StageError {
    let authorizer = cached();
    let done = AtomicBool::new(false);
    thread::scope(|threads| {
        threads.spawn(|| ask(&authorizer, plan, &done));
        let (outcome, ..) = activate(&authorizer, version, plan);
        done.store(true, Ordering::Relaxed);
        outcome.map(drop).unwrap_err()
    })
}

fn ask(authorizer: &Authorizer, plan: &ActivationPlan, done: &AtomicBool) {
    let most = plan.shadow.as_ref().map_or(0, |shadow| shadow.most_failures);
    // One is enough for a shadow, which keeps nothing. A live version keeps what it answered.
    let places: &[PlaceId<'_>] = if plan.shadow.is_some() { &[PLACES_OF_CI[0]] } else { &PLACES_OF_CI };
    let mut places = places.iter().cycle();
    while !done.load(Ordering::Relaxed) {
        let report = || Shadow::of(authorizer).map(|shadow| shadow.report());
        let seen = || report().map(|report| report.compared + report.failures + report.dropped);
        let Some(before) = seen() else {
            thread::yield_now();
            continue;
        };
        let Some(place) = places.next() else { return };
        if authorizer.view().check(Key("ci"), PERMISSION, *place).is_err() {
            return;
        }
        while seen() == Some(before) && !done.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        match report() {
            Some(report) if report.stopped || report.failures > most || report.unexpected > 0 => return,
            _ => {}
        }
    }
}

fn loading(part: &mut Part) {
    part.section(
        "At the first questions",
        "Every version is asked a few questions while it is loaded. `clearance policy add` says this, exits with 2, and leaves the \
         folder of versions as it was.",
    );
    part.row("Wants to know the time", &add_refused(&wanting()));
    part.row("Describes itself otherwise the second time", &add_refused(&component(Deed::Lie, About::Describe, &after(0))));
    for about in [About::Decide, About::Effective] {
        for deed in FAILING.into_iter().chain((about == About::Effective).then_some(Deed::TooMuch)) {
            part.row(&does(deed, about), &add_refused(&component(deed, about, &after(0))));
        }
    }
}

fn answering_cases(part: &mut Part) {
    part.section(
        "At the cases",
        "From here on it is `clearance policy activate` that says this: after `refused`, with the version that is still live behind \
         it. It exits with 1. A server says the same over HTTP, as `detail`.\n\nFirst [the cases](cases.md) that a version carries are \
         read and asked, and then those of `--cases`. These versions behave until they are loaded.",
    );
    for (does, text, _) in carried::unreadable() {
        let version = load(&clearance_host::with_cases(LANGWATCH, &text)).unwrap();
        part.row(does, &activate_refused(&version, &whole()));
    }
    part.row("Fails a case that it carries", &activate_refused(&load(&carried::carrying(WRONG)).unwrap(), &whole()));
    for deed in FAILING {
        let component = component(deed, About::Decide, &after(AT_LOAD));
        let carrying = CarriedCases::put(&component, directory().document(), &case_lines()).unwrap();
        part.row(
            &format!("{} by a case that it carries", does(deed, About::Decide)),
            &activate_refused(&load(&carrying).unwrap(), &whole()),
        );
    }
    for deed in FAILING {
        part.row(&does(deed, About::Decide), &activate_refused(&guest(deed, About::Decide, &after(AT_LOAD)), &whole()));
    }
    for (does, when) in [
        ("Gives another answer every second time", every_second_time()),
        ("Gives another answer in another order", unless_it_was_first()),
    ] {
        part.row(does, &activate_refused(&guest(Deed::Lie, About::Decide, &when), &whole()));
    }
}

fn comparing(part: &mut Part) {
    part.section(
        "At the diff",
        "The version is asked about everybody in the directory, many at once, and beside the live one. These answer all cases.",
    );
    for deed in FAILING.into_iter().chain([Deed::TooMuch, Deed::Lie]) {
        part.row(&does(deed, About::EffectiveMany), &activate_refused(&guest(deed, About::EffectiveMany, &after(0)), &whole()));
    }
    let version = guest(Deed::Trap, About::EffectiveMany, SEVERAL);
    part.row("Traps, asked for several principals at once, and never for one", &activate_refused(&version, &whole()));
}

fn shadowing(part: &mut Part) {
    part.section(
        "As a shadow",
        "With `--shadow` the version is asked what the live one is asked, and answers nobody. These behave until then.",
    );
    for deed in FAILING.into_iter().chain([Deed::Lie]) {
        part.row(&does(deed, About::Decide), &activate_refused(&guest(deed, About::Decide, &after(LATER)), &whole()));
    }
    let patient = ActivationPlan { shadow: Some(TrialOptions { most_failures: 1_000, ..endless() }), ..whole() };
    let version = guest(Deed::Trap, About::Decide, &after(LATER));
    part.row("Traps again and again, where 1000 failures are allowed", &activate_refused(&version, &patient));
}

fn watching(part: &mut Part) {
    part.section(
        "While it is live",
        "With `--watch` the version before is asked what the new one is asked, and comes back. These behave until they are live. A \
         question to one that fails gets an error, which is not a denial, until the version before is back; the answers of one that lies count until then.",
    );
    for deed in FAILING.into_iter().chain([Deed::TooMuch]) {
        part.row(&does(deed, About::Effective), &activate_refused(&guest(deed, About::Effective, &after(3)), &watch_plan()));
    }
    // It is asked for nobody while it is loaded, about whom it does not lie.
    part.row(
        &does(Deed::Lie, About::Effective),
        &activate_refused(&guest(Deed::Lie, About::Effective, &after(0)), &watch_plan()),
    );
}

#[test]
fn the_page_says_what_is_said_of_every_version() {
    let mut part = Part::new();
    for stage in [loading, answering_cases, comparing, shadowing, watching] {
        stage(&mut part);
    }
    part.check("versions under activation");
}
