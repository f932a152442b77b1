package clearance.embed;

/** Where something is done: an organization, a team or a project. */
public sealed interface Place {
    /** The id. */
    String id();

    /** An organization, by id. */
    static Place organization(String id) {
        return new Organization(id);
    }

    /** A team, by id. */
    static Place team(String id) {
        return new Team(id);
    }

    /** A project, by id. */
    static Place project(String id) {
        return new Project(id);
    }

    /** An organization, by id. */
    record Organization(String id) implements Place {}

    /** A team, by id. */
    record Team(String id) implements Place {}

    /** A project, by id. */
    record Project(String id) implements Place {}
}
