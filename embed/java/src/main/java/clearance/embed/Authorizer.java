package clearance.embed;

import static clearance.embed.Arguments.fields;
import static clearance.embed.Arguments.id;
import static clearance.embed.Arguments.kind;
import static clearance.embed.Arguments.kindName;
import static clearance.embed.Arguments.millis;
import static clearance.embed.Arguments.present;
import static clearance.embed.Arguments.utf8;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import java.util.function.ToIntFunction;

/**
 * Permission checks over a directory in memory.
 *
 * <pre>{@code
 * Authorizer authorizer = Authorizer.load(Files.readString(Path.of("directory.json")));
 * Decision decision = authorizer.check(Principal.key("ci"), "prompts:view", Place.project("shop"));
 * if (!decision.allow()) {
 *     System.out.println("refused: " + decision.reason());
 * }
 * }</pre>
 *
 * <p>Any number of threads may use it: a lock lets one question at a time to the authorizer. While {@link #swap} and {@link #pin} read and
 * compile a version, other threads are answered by the old one. Neither a pending interrupt nor one that comes in the middle of a call
 * changes an answer, and the flag of the thread stays as it is.
 *
 * <p>A method that was not answered throws a {@link ClearanceException}. That is never a denial, and never an allow.
 */
public final class Authorizer {
    /** How many bytes the three texts of a check may have together before they go the slower way. */
    private static final int ROOM = 1024;

    private final Trust trust;
    private final Duration deadline;

    // The lock guards everything below.
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Integer, Version> versions = new LinkedHashMap<>();
    private final byte[] texts = new byte[ROOM];
    private final String[] reasons;
    private int nextVersion = 1;
    /** The instance of the authorizer, or {@code null} once it is lost. */
    private AuthorizerModule module;
    /** Where the texts of a check are written, or 0 where that must be asked for. */
    private int room;

    private record Version(Guest guest, String digest) {}

    private Authorizer(Builder builder) {
        trust = new Trust(builder.trustedKeys, builder.allowUnsigned);
        deadline = builder.deadline;
        module = new AuthorizerModule(number -> versions.get(number).guest());
        reasons = Answers.reasons(ask("{\"words\": {}}", 0.0));
    }

    /** Loads the text of a directory file, with the built-in policy. */
    public static Authorizer load(String directory) {
        return builder().directory(directory).load();
    }

    /** Says what to load. */
    public static Builder builder() {
        return new Builder();
    }

    /** What to load, and whom to trust. */
    public static final class Builder {
        private String directory = "{}";
        private Policy policy = Policy.builtIn();
        private List<String> trustedKeys = List.of();
        private boolean allowUnsigned;
        private Duration deadline = Duration.ofMillis(500);

        private Builder() {}

        /** The data: the text of a directory file. Empty without it. */
        public Builder directory(String json) {
            directory = present(json, "directory", "the text of a directory file");
            return this;
        }

        /** The data: what a directory file parses to. */
        public Builder directory(Map<String, ?> json) {
            return directory(Json.write(present(json, "directory", "a map")));
        }

        /** The policy. The built-in one without it. */
        public Builder policy(Policy policy) {
            this.policy = present(policy, "policy", "a policy");
            return this;
        }

        /** The public keys of minisign whose owners may say what a policy is. */
        public Builder trustedKeys(List<String> keys) {
            trustedKeys = List.copyOf(present(keys, "trustedKeys", "a list"));
            return this;
        }

        /** Whether a policy that nobody signed is taken. False without it. */
        public Builder allowUnsigned(boolean allowUnsigned) {
            this.allowUnsigned = allowUnsigned;
            return this;
        }

        /**
         * How much processor time one call of a policy may use: 500 ms without it. A call is stopped when it has used up to half as much more. It
         * is stopped as well when twenty times as long has passed, however little of that the thread could compute.
         */
        public Builder deadline(Duration processorTime) {
            if (present(processorTime, "deadline", "a duration").compareTo(Duration.ofMillis(1)) < 0) {
                throw ClearanceException.malformed("deadline", "at least a millisecond");
            }
            deadline = processorTime;
            return this;
        }

        /**
         * Loads it.
         *
         * @throws ClearanceException with the code {@code directory} where the data is not what a directory file may be, or with the one of
         *     {@link Authorizer#swap} where the policy is refused
         */
        public Authorizer load() {
            Authorizer authorizer = new Authorizer(this);
            byte[] text = utf8(directory, "directory");
            authorizer.open(policy, version -> authorizer.call(text, module -> module.load(version)));
            return authorizer;
        }
    }

    /** May this principal do this here, at this moment? */
    public Decision check(Principal principal, String permission, Place place) {
        return check(principal, permission, place, Instant.now());
    }

    /** May this principal do this here, at that time? */
    public Decision check(Principal principal, String permission, Place place, Instant now) {
        return check(principal, permission, place, millis(now));
    }

    Decision check(Principal principal, String permission, Place place, double now) {
        String who = id(principal, "principal");
        present(permission, "permission", "a string");
        String where = id(place);
        int kinds = kind(principal) | kind(place) << 2;
        lock.lock();
        try {
            AuthorizerModule module = module();
            int word;
            try {
                int first = put(who, 0);
                int second = put(permission, first);
                int third = put(where, second);
                if (third < 0) {
                    word = checkLong(module, kinds, who, permission, where, now);
                } else {
                    if (room == 0) {
                        room = module.input(ROOM);
                    }
                    module.write(room, texts, third);
                    word = module.check(kinds, first, second - first, third - second, now);
                }
            } catch (ClearanceException error) {
                throw error;
            } catch (Throwable error) {
                throw lost(error);
            }
            if ((word & (AuthorizerModule.FAILED | AuthorizerModule.SPOILT)) != 0) {
                finish(module, word);
            }
            Version version = versions.get(module.version());
            boolean allow = (word & AuthorizerModule.ALLOWED) != 0;
            return new Decision(allow, reasons[word & AuthorizerModule.REASON], Optional.ofNullable(module.binding()), version.digest());
        } finally {
            lock.unlock();
        }
    }

    /** Puts a text of ASCII into {@link #texts}, and answers where it ends: -1 where it is not one, does not fit, or came after such a one. */
    private int put(String text, int at) {
        int length = text.length();
        if (at < 0 || length > ROOM - at) {
            return -1;
        }
        for (int index = 0; index < length; index++) {
            char next = text.charAt(index);
            if (next > 127) {
                return -1;
            }
            texts[at + index] = (byte) next;
        }
        return at + length;
    }

    private int checkLong(AuthorizerModule module, int kinds, String who, String permission, String where, double now) {
        byte[][] parts = {utf8(who, "principal"), utf8(permission, "permission"), utf8(where, "place")};
        ByteBuffer all = ByteBuffer.allocate(parts[0].length + parts[1].length + parts[2].length);
        for (byte[] part : parts) {
            all.put(part);
        }
        room = 0;
        module.write(all.array());
        return module.check(kinds, parts[0].length, parts[1].length, parts[2].length, now);
    }

    /** Many decisions at this moment, in the order of the questions. */
    public List<Decision> checkMany(List<Question> questions) {
        return checkMany(questions, Instant.now());
    }

    /** Many decisions at that time, in the order of the questions. */
    public List<Decision> checkMany(List<Question> questions, Instant now) {
        List<Object> all = new ArrayList<>();
        for (Question question : present(questions, "questions", "a list")) {
            present(question, "questions", "a list of questions");
            all.add(fields(question.principal(), question.permission(), question.place()));
        }
        return Answers.decisions(ask(Map.of("checkMany", Map.of("questions", all)), now));
    }

    /** All that a principal may do at a place at this moment. */
    public Effective effective(Principal principal, Place place) {
        return effective(principal, place, Instant.now());
    }

    /** All that a principal may do at a place at that time. */
    public Effective effective(Principal principal, Place place, Instant now) {
        return Answers.effective(ask(Map.of("effective", fields(principal, place)), now));
    }

    /** A decision at this moment with the walk to it. */
    public Explanation explain(Principal principal, String permission, Place place) {
        return explain(principal, permission, place, Instant.now());
    }

    /** A decision at that time with the walk to it. */
    public Explanation explain(Principal principal, String permission, Place place, Instant now) {
        return Answers.explanation(ask(Map.of("explain", fields(principal, permission, place)), now));
    }

    /** What would grant a permission at this moment, as far as anybody may know it. */
    public Repair repair(Principal principal, String permission, Place place) {
        return repair(principal, permission, place, null, Instant.now());
    }

    /**
     * What would grant a permission at that time.
     *
     * @param asker the user or the key that is shown the answer, and no more than it may see; {@code null} shows everything
     */
    public Repair repair(Principal principal, String permission, Place place, Principal asker, Instant now) {
        Map<String, Object> fields = fields(principal, permission, place);
        if (asker != null) {
            fields.put("asker", Map.of(kindName(asker), id(asker, "asker")));
        }
        return Answers.repair(ask(Map.of("repair", fields), now));
    }

    /** The projects that a key can see at this moment. */
    public VisibleProjects visibleProjects(String key) {
        return visibleProjects(key, Instant.now());
    }

    /** The projects that a key can see at that time. */
    public VisibleProjects visibleProjects(String key, Instant now) {
        return Answers.visibleProjects(ask(Map.of("visibleProjects", Map.of("key", present(key, "key", "a string"))), now));
    }

    /** A decision at this moment with all that it takes to make it again: a file for {@code clearance replay}. */
    public byte[] capsule(Principal principal, String permission, Place place) {
        return capsule(principal, permission, place, Instant.now());
    }

    /** A decision at that time with all that it takes to make it again: a file for {@code clearance replay}. */
    public byte[] capsule(Principal principal, String permission, Place place, Instant now) {
        return Base64.getDecoder().decode(Answers.capsule(ask(Map.of("capsule", fields(principal, permission, place)), now)));
    }

    /**
     * Makes all changes of the data, or none. The next question sees them.
     *
     * @param changes a list of changes in JSON, as {@code POST /v1/directory/changes} takes it
     * @throws ClearanceException with the code {@code refused} and {@link ClearanceException#index()} where one is refused
     */
    public void apply(String changes) {
        call(utf8(present(changes, "changes", "a list of changes"), "changes"), AuthorizerModule::apply);
    }

    /** The same with what the JSON parses to. */
    public void apply(List<? extends Map<String, ?>> changes) {
        apply(Json.write(present(changes, "changes", "a list of changes")));
    }

    /**
     * Makes another policy version the live one. This method reads, compiles and tries the version on the thread that calls it, which takes a
     * second or two; until it is ready, the old one answers the other threads.
     *
     * @throws ClearanceException where the version is refused, which changes nothing: {@code unsigned}, {@code stranger},
     *     {@code not-a-component}, {@code invalid}, {@code contract}, …
     */
    public void swap(Policy policy) {
        open(present(policy, "policy", "a policy"), version -> ask("{\"swap\": {\"version\": " + version + "}}", 0.0));
    }

    /** Lets another version answer for one organization, as {@link #swap} does for all. */
    public void pin(String organization, Policy policy) {
        present(organization, "organization", "a string");
        open(present(policy, "policy", "a policy"),
            version -> ask(Map.of("pin", Map.of("organization", organization, "version", version)), 0.0));
    }

    /** Lets the live version answer for an organization again. */
    public void unpin(String organization) {
        String request = Json.write(Map.of("unpin", Map.of("organization", present(organization, "organization", "a string"))));
        lock.lock();
        try {
            ask(request, 0.0);
            removeUnused();
        } finally {
            lock.unlock();
        }
    }

    /** What the live version knows, in JSON as {@code clearance catalog --json} prints it. */
    public String describe() {
        return ask("{\"describe\": {}}", 0.0);
    }

    /** All the data, as the text of a directory file. */
    public String document() {
        return ask("{\"document\": {}}", 0.0);
    }

    /** Answers any request at this moment, JSON for JSON. {@code embed/README.md} has a table of them. */
    public String ask(String request) {
        return ask(request, Instant.now());
    }

    /** Answers any request at that time, JSON for JSON. */
    public String ask(String request, Instant now) {
        return ask(present(request, "request", "a request in JSON"), millis(now));
    }

    String ask(String request, double now) {
        byte[] text = utf8(request, "request");
        return call(text, module -> module.ask(now));
    }

    private String ask(Map<String, ?> request, double now) {
        return ask(Json.write(request), now);
    }

    private String ask(Map<String, ?> request, Instant now) {
        return ask(request, millis(now));
    }

    /** Calls a function of the module with an input, and answers its text. */
    private String call(byte[] input, ToIntFunction<AuthorizerModule> function) {
        lock.lock();
        try {
            AuthorizerModule module = module();
            room = 0;
            int word;
            try {
                module.write(input);
                word = function.applyAsInt(module);
            } catch (Throwable error) {
                throw lost(error);
            }
            return finish(module, word);
        } finally {
            lock.unlock();
        }
    }

    private AuthorizerModule module() {
        if (module == null) {
            throw ClearanceException.lost(null);
        }
        return module;
    }

    /** Whatever stopped the module, half of something may be written in it. */
    private ClearanceException lost(Throwable cause) {
        module = null;
        return ClearanceException.lost(cause);
    }

    private String finish(AuthorizerModule module, int word) {
        if ((word & AuthorizerModule.SPOILT) != 0) {
            versions.values().forEach(version -> version.guest().drop());
        }
        if ((word & AuthorizerModule.FAILED) != 0) {
            throw Answers.failure(module.text(), module.takeCause());
        }
        return module.text();
    }

    /** Takes a policy apart, compiles and starts it, lets the authorizer look at it, and uses it by its number. */
    private void open(Policy policy, IntConsumer use) {
        Policy.Opened opened = policy.open(trust);
        if (useKnown(opened.digest(), use)) {
            return;
        }
        Guest guest;
        try {
            guest = new Guest(policy.compile(opened), deadline);
        } catch (Throwable cause) {
            throw new ClearanceException("invalid", "this component cannot be compiled: " + cause.getMessage(), null, -1, cause);
        }
        lock.lock();
        try {
            // Another thread may have been quicker.
            if (!useKnown(opened.digest(), use)) {
                try {
                    use.accept(add(guest, opened));
                } finally {
                    removeUnused();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Uses a version that is there already, and answers whether it is. */
    private boolean useKnown(String digest, IntConsumer use) {
        lock.lock();
        try {
            removeUnused();
            Optional<Integer> number = numberOf(digest);
            number.ifPresent(use::accept);
            removeUnused();
            return number.isPresent();
        } finally {
            lock.unlock();
        }
    }

    private Optional<Integer> numberOf(String digest) {
        return versions.entrySet().stream().filter(entry -> entry.getValue().digest().equals(digest)).map(Map.Entry::getKey).findFirst();
    }

    /** Adds a version, which is then swapped to or pinned before anything else is asked: it answers nowhere until then. */
    private int add(Guest guest, Policy.Opened opened) {
        int number = nextVersion++;
        versions.put(number, new Version(guest, opened.digest()));
        try {
            call(utf8(opened.info(), "policy"), module -> module.addVersion(number));
            return number;
        } catch (ClearanceException error) {
            versions.remove(number);
            throw error;
        }
    }

    /** Forgets versions that answer nowhere any more. */
    private void removeUnused() {
        if (module == null || versions.isEmpty()) {
            return;
        }
        List<Integer> answering = Answers.answering(ask("{\"versions\": {}}", 0.0));
        for (Integer number : List.copyOf(versions.keySet())) {
            if (!answering.contains(number)) {
                try {
                    ask("{\"removeVersion\": {\"version\": " + number + "}}", 0.0);
                } catch (ClearanceException gone) {
                    // A request may have removed it.
                }
                versions.remove(number);
            }
        }
    }
}
