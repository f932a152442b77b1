//! All principals and all places, arranged so that every place at which a principal's facts are the same is known by one of them.
//!
//! A policy only compares handles. So two places answer alike where their facts are equal once the handles of the place itself are
//! renamed, and that is so wherever nothing stored bears on either of them: a caller that asks about all places asks about one of each
//! [`Region`], and has the answer for the others.

use std::collections::BTreeSet;

use crate::directory::Directory;
use crate::slot::{HolderSlot, Node, PlaceSlot, Principal, PrincipalSlot, to_index};

/// The tree of a directory, with its ids in order.
#[derive(Debug)]
pub struct Survey<'d> {
    directory: &'d Directory,
    /// Slots of the stored organizations, in the order of their ids.
    organizations: Vec<u32>,
    /// What is in each organization, by slot.
    inside: Vec<Inside>,
    /// The projects of each team, by slot: those that are not archived, and those that are.
    projects: Vec<[Vec<u32>; 2]>,
}

/// The stored teams of an organization, in the order of their ids.
#[derive(Debug, Default)]
struct Inside {
    teams: Vec<u32>,
    /// Those with projects that are not archived, and those with projects that are.
    with_projects: [Vec<u32>; 2],
}

/// Places at which the facts of one principal are equal but for the handles of the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// One of them.
    pub place: PlaceSlot,
    extent: Extent,
}

/// Which places a region has. "Quiet" is where nothing stored bears on the principal at the node itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// This one alone.
    One,
    /// The quiet projects of one team.
    Team { team: u32, archived: bool },
    /// The quiet teams of one organization.
    QuietTeams(u32),
    /// The quiet projects of the quiet teams of one organization.
    QuietProjects { organization: u32, archived: bool },
    /// All organizations that know nothing of the principal.
    OtherOrganizations,
    /// All teams of those.
    OtherTeams,
    /// All projects of those.
    OtherProjects { archived: bool },
}

impl Region {
    /// Whether it is of organizations that know nothing of the principal.
    pub fn is_elsewhere(&self) -> bool {
        matches!(self.extent, Extent::OtherOrganizations | Extent::OtherTeams | Extent::OtherProjects { .. })
    }

    /// Whether its places are archived projects of organizations that know nothing of the principal.
    pub fn is_archived_elsewhere(&self) -> bool {
        self.extent == Extent::OtherProjects { archived: true }
    }
}

/// The nodes on which something stored bears for one principal, and the organizations in which they are.
#[derive(Debug, Default)]
struct Bearing {
    organizations: BTreeSet<u32>,
    teams: BTreeSet<u32>,
    projects: BTreeSet<u32>,
}

impl Directory {
    /// All users, keys and project keys, each kind in the order of the ids.
    pub fn principals(&self) -> Vec<PrincipalSlot> {
        fn sorted<'a>(ids: impl Iterator<Item = (u32, &'a str)>) -> Vec<u32> {
            let mut ids: Vec<(&str, u32)> = ids.map(|(slot, id)| (id, slot)).collect();
            ids.sort_unstable();
            ids.into_iter().map(|(_, slot)| slot).collect()
        }
        let users = sorted(self.users.iter().map(|(slot, id, _)| (slot, id))).into_iter().map(Principal::User);
        let keys = sorted(self.keys.iter().map(|(slot, id, _)| (slot, id))).into_iter().map(Principal::Key);
        let projects = sorted(self.projects.iter().map(|(slot, id, _)| (slot, id))).into_iter().map(Principal::ProjectKey);
        users.chain(keys).chain(projects).filter(|&principal| self.is_known(principal)).map(PrincipalSlot).collect()
    }

    /// Arranges the tree, which takes a while and is done once for all principals.
    pub fn survey(&self) -> Survey<'_> {
        let mut organizations: Vec<u32> =
            self.organizations.iter().filter(|(_, _, row)| row.stored.is_some()).map(|(slot, ..)| slot).collect();
        organizations.sort_unstable_by_key(|&slot| self.organizations.id(slot));
        let mut projects: Vec<[Vec<u32>; 2]> = Vec::with_capacity(self.teams.len());
        for (_, _, row) in self.teams.iter() {
            let mut own = row.projects.clone();
            own.sort_unstable_by_key(|&slot| self.projects.id(slot));
            let (archived, live) = own.into_iter().partition(|&slot| self.is_archived(slot));
            projects.push([live, archived]);
        }
        let mut inside = Vec::with_capacity(self.organizations.len());
        for (_, _, row) in self.organizations.iter() {
            let mut teams = row.teams.clone();
            teams.sort_unstable_by_key(|&slot| self.teams.id(slot));
            let has = |archived: bool| {
                let has = |&&team: &&u32| projects.get(to_index(team)).is_some_and(|own| !half(own, archived).is_empty());
                teams.iter().filter(has).copied().collect()
            };
            inside.push(Inside { with_projects: [has(false), has(true)], teams });
        }
        Survey { directory: self, organizations, inside, projects }
    }

    fn is_archived(&self, project: u32) -> bool {
        self.projects.row(project).stored.as_ref().is_some_and(|stored| stored.archived_at.is_some())
    }
}

impl Survey<'_> {
    /// The regions of a principal. Every place of the directory is in exactly one of them.
    pub fn regions(&self, principal: PrincipalSlot) -> Vec<Region> {
        let bearing = self.bearing(principal);
        let mut regions = Vec::new();
        let one = |node| Region { place: PlaceSlot(node), extent: Extent::One };
        for &organization in &bearing.organizations {
            regions.push(one(Node::Organization(organization)));
            let extents = [
                Extent::QuietTeams(organization),
                Extent::QuietProjects { organization, archived: false },
                Extent::QuietProjects { organization, archived: true },
            ];
            regions.extend(extents.into_iter().filter_map(|extent| self.region(extent, &bearing)));
        }
        for &team in &bearing.teams {
            regions.push(one(Node::Team(team)));
            let extents = [false, true].map(|archived| Extent::Team { team, archived });
            regions.extend(extents.into_iter().filter_map(|extent| self.region(extent, &bearing)));
        }
        regions.extend(bearing.projects.iter().map(|&project| one(Node::Project(project))));
        let others = [
            Extent::OtherOrganizations,
            Extent::OtherTeams,
            Extent::OtherProjects { archived: false },
            Extent::OtherProjects { archived: true },
        ];
        regions.extend(others.into_iter().filter_map(|extent| self.region(extent, &bearing)));
        regions
    }

    /// All places of a region of this principal, those of one team together and in the order of their ids.
    pub fn places(&self, principal: PrincipalSlot, region: &Region) -> Vec<PlaceSlot> {
        match region.extent {
            Extent::One => vec![region.place],
            extent => {
                let bearing = self.bearing(principal);
                self.nodes(extent, &bearing).map(PlaceSlot).collect()
            }
        }
    }

    /// How many places a region of this principal has.
    pub fn count(&self, principal: PrincipalSlot, region: &Region) -> usize {
        match region.extent {
            Extent::One => 1,
            extent => {
                let bearing = self.bearing(principal);
                self.nodes(extent, &bearing).count()
            }
        }
    }

    /// How many places the directory has.
    pub fn places_in_all(&self) -> usize {
        let teams: usize = self.organizations.iter().map(|&slot| self.inside(slot).teams.len()).sum();
        let projects: usize = self.projects.iter().flatten().map(Vec::len).sum();
        self.organizations.len() + teams + projects
    }

    fn region(&self, extent: Extent, bearing: &Bearing) -> Option<Region> {
        let place = PlaceSlot(self.nodes(extent, bearing).next()?);
        Some(Region { place, extent })
    }

    fn nodes<'a>(&'a self, extent: Extent, bearing: &'a Bearing) -> Box<dyn Iterator<Item = Node> + 'a> {
        let others = || self.organizations.iter().copied().filter(|slot| !bearing.organizations.contains(slot));
        match extent {
            Extent::One => Box::new(std::iter::empty()),
            Extent::Team { team, archived } => Box::new(self.quiet_projects(team, archived, bearing)),
            Extent::QuietTeams(organization) => {
                let teams = self.inside(organization).teams.iter();
                Box::new(teams.filter(|team| !bearing.teams.contains(team)).map(|&team| Node::Team(team)))
            }
            Extent::QuietProjects { organization, archived } => {
                let teams = half(&self.inside(organization).with_projects, archived).iter();
                let quiet = teams.filter(|team| !bearing.teams.contains(team));
                Box::new(quiet.flat_map(move |&team| self.quiet_projects(team, archived, bearing)))
            }
            Extent::OtherOrganizations => Box::new(others().map(Node::Organization)),
            Extent::OtherTeams => Box::new(others().flat_map(|slot| &self.inside(slot).teams).map(|&team| Node::Team(team))),
            Extent::OtherProjects { archived } => {
                let teams = others().flat_map(move |slot| half(&self.inside(slot).with_projects, archived));
                Box::new(teams.flat_map(move |&team| self.quiet_projects(team, archived, bearing)))
            }
        }
    }

    fn quiet_projects<'a>(&'a self, team: u32, archived: bool, bearing: &'a Bearing) -> impl Iterator<Item = Node> + 'a {
        let projects = self.projects.get(to_index(team)).map_or(&[][..], |own| half(own, archived));
        projects.iter().filter(|project| !bearing.projects.contains(project)).map(|&project| Node::Project(project))
    }

    fn inside(&self, organization: u32) -> &Inside {
        const NONE: &Inside = &Inside { teams: Vec::new(), with_projects: [Vec::new(), Vec::new()] };
        self.inside.get(to_index(organization)).unwrap_or(NONE)
    }

    fn bearing(&self, principal: PrincipalSlot) -> Bearing {
        let directory = self.directory;
        let mut bearing = Bearing::default();
        match principal.0 {
            Principal::User(user) => self.user(user, &mut bearing),
            Principal::Key(key) => {
                self.bindings(HolderSlot::Key(key), &mut bearing);
                if let Some(stored) = &directory.keys.row(key).stored {
                    self.node(Node::Organization(stored.organization), &mut bearing);
                    // What caps a key bears on it as well.
                    stored.owner.into_iter().for_each(|owner| self.user(owner, &mut bearing));
                }
            }
            Principal::ProjectKey(project) => self.node(Node::Project(project), &mut bearing),
        }
        bearing
    }

    fn user(&self, user: u32, bearing: &mut Bearing) {
        let row = self.directory.users.row(user);
        row.memberships.iter().for_each(|membership| self.node(Node::Organization(membership.organization), bearing));
        row.team_memberships.iter().for_each(|membership| self.node(Node::Team(membership.team), bearing));
        self.bindings(HolderSlot::User(user), bearing);
        row.groups.iter().for_each(|&group| self.bindings(HolderSlot::Group(group), bearing));
    }

    fn bindings(&self, holder: HolderSlot, bearing: &mut Bearing) {
        self.directory.binding_list(holder).entries().iter().for_each(|entry| self.node(entry.scope, bearing));
    }

    /// A node that is not stored is not a place.
    fn node(&self, node: Node, bearing: &mut Bearing) {
        let Some(chain) = self.directory.chain(node) else { return };
        bearing.organizations.insert(chain.organization);
        match node {
            Node::Organization(_) => false,
            Node::Team(team) => bearing.teams.insert(team),
            Node::Project(project) => bearing.projects.insert(project),
        };
    }
}

fn half(halves: &[Vec<u32>; 2], archived: bool) -> &[u32] {
    let [live, gone] = halves;
    if archived { gone } else { live }
}
