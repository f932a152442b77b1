//! What was sent, judged by itself: the limits of its fields, and what one field requires of another.

use alloc::{string::String, vec::Vec};

use crate::{
    catalog::Catalog,
    types::{
        Mode,
        lifecycle::{Change, Draft, Fault, Field, Flaw, Kind, Refusal, Spot, TextChange, WantedBinding, WantedRole},
    },
};

/// The most UTF-16 code units of a name.
const NAME: usize = 100;
/// The most UTF-16 code units of a description.
const DESCRIPTION: usize = 500;
const BINDINGS: usize = 20;
const PROJECTS: usize = 50;
/// The most faults that are named: an answer must not grow with what anyone sends.
const FAULTS: usize = 256;

/// Judges a draft. `over_http`: a key sends it.
#[inline]
pub(super) fn draft(catalog: &Catalog, draft: &Draft, over_http: bool) -> Result<(), Refusal> {
    let mut faults = Faults::unreadable(&draft.unreadable);
    match &draft.name {
        Some(name) => faults.name(name),
        None => faults.add(Field::Name, Flaw::Missing),
    }
    if let Some(description) = &draft.description {
        faults.description(description);
    }
    faults.bindings(&draft.bindings);
    faults.permissions(catalog, &draft.permissions);
    if draft.projects.len() > PROJECTS {
        faults.add(Field::Projects, Flaw::TooMany);
    }
    // Which kind was meant is not known where the kind cannot be read.
    let personal = !faults.has(Field::Kind) && draft.kind.unwrap_or(Kind::Personal) == Kind::Personal;
    if !draft.projects.is_empty() && (personal || !over_http) {
        faults.add(Field::Projects, Flaw::NotAllowed);
    }
    if draft.bindings.is_empty() && personal && over_http {
        faults.add(Field::Bindings, Flaw::Missing);
    }
    faults.triangle(draft.mode, &draft.bindings, &draft.permissions);
    faults.refused()
}

/// Judges a change, by itself: it does not matter which key it is for.
#[inline]
pub(super) fn change(catalog: &Catalog, change: &Change) -> Result<(), Refusal> {
    let mut faults = Faults::unreadable(&change.unreadable);
    if let Some(name) = &change.name {
        faults.name(name);
    }
    if let TextChange::Set(description) = &change.description {
        faults.description(description);
    }
    let bindings = change.bindings.as_deref();
    if bindings.is_some_and(<[_]>::is_empty) {
        faults.add(Field::Bindings, Flaw::Missing);
    }
    let bindings = bindings.unwrap_or_default();
    faults.bindings(bindings);
    faults.permissions(catalog, &change.permissions);
    faults.triangle(change.mode, bindings, &change.permissions);
    faults.refused()
}

/// What is wrong, in order. Where two faults name one spot, the first stands.
struct Faults(Vec<Fault>);

impl Faults {
    #[inline]
    fn unreadable(spots: &[Spot]) -> Self {
        let mut faults = Self(Vec::new());
        for spot in spots.iter().take(FAULTS) {
            faults.add_at(*spot, Flaw::Unreadable);
        }
        faults
    }

    #[inline]
    fn add_at(&mut self, spot: Spot, flaw: Flaw) {
        let order = |spot: Spot| (spot.field, spot.index);
        let at = self.0.partition_point(|fault| order(fault.spot) < order(spot));
        if self.0.get(at).is_none_or(|fault| fault.spot != spot) {
            self.0.insert(at, Fault { spot, flaw });
        }
    }

    #[inline]
    fn add(&mut self, field: Field, flaw: Flaw) {
        self.add_at(Spot { field, index: None }, flaw);
    }

    /// Whether anything is wrong with the field or with one of its entries.
    #[inline]
    fn has(&self, field: Field) -> bool {
        self.0.iter().any(|fault| fault.spot.field == field)
    }

    #[inline]
    fn name(&mut self, name: &str) {
        if name.is_empty() {
            self.add(Field::Name, Flaw::TooShort);
        } else if is_longer(name, NAME) {
            self.add(Field::Name, Flaw::TooLong);
        }
    }

    #[inline]
    fn description(&mut self, description: &str) {
        if is_longer(description, DESCRIPTION) {
            self.add(Field::Description, Flaw::TooLong);
        }
    }

    #[inline]
    fn bindings(&mut self, bindings: &[WantedBinding]) {
        if bindings.len() > BINDINGS {
            self.add(Field::Bindings, Flaw::TooMany);
        }
    }

    #[inline]
    fn permissions(&mut self, catalog: &Catalog, permissions: &[String]) {
        let unknown = (0..).zip(permissions).filter(|(_, permission)| !catalog.can_list(permission));
        for (index, _) in unknown.take(FAULTS) {
            self.add_at(Spot { field: Field::Permissions, index: Some(index) }, Flaw::NotAllowed);
        }
    }

    /// A restricted key has a custom binding and permissions, and nothing else has either: where one of the three is, the others
    /// must be. Nothing is missing where something else is wrong already.
    #[inline]
    fn triangle(&mut self, mode: Option<Mode>, bindings: &[WantedBinding], permissions: &[String]) {
        let sides = [
            (Field::Mode, mode == Some(Mode::Restricted)),
            (Field::Bindings, bindings.iter().any(|binding| binding.role == WantedRole::Custom)),
            (Field::Permissions, !permissions.is_empty()),
        ];
        if sides.iter().any(|(_, there)| *there) {
            for (field, _) in sides.iter().filter(|(_, there)| !there) {
                if !self.has(*field) {
                    self.add(*field, Flaw::Missing);
                }
            }
        }
    }

    #[inline]
    fn refused(self) -> Result<(), Refusal> {
        let Self(mut faults) = self;
        if faults.is_empty() {
            return Ok(());
        }
        faults.truncate(FAULTS);
        Err(Refusal::Validation(faults))
    }
}

/// Whether a text has more UTF-16 code units than this.
#[inline]
fn is_longer(text: &str, most: usize) -> bool {
    text.encode_utf16().nth(most).is_some()
}
