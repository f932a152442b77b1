package clearance.embed;

/** Who asks: a user, a key, or the older key of a project. */
public sealed interface Principal {
    /** The id. */
    String id();

    /** A user, by id. */
    static Principal user(String id) {
        return new User(id);
    }

    /** A key, by id. */
    static Principal key(String id) {
        return new Key(id);
    }

    /** The project key of a project, by the id of the project. */
    static Principal projectKey(String project) {
        return new ProjectKey(project);
    }

    /** A user, by id. */
    record User(String id) implements Principal {}

    /** A key, by id. */
    record Key(String id) implements Principal {}

    /** The project key of a project, by the id of the project. */
    record ProjectKey(String id) implements Principal {}
}
