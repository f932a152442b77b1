package clearance.embed;

import static clearance.embed.Repository.NOW;
import static clearance.embed.Repository.companyAuthorizer;
import static clearance.embed.Repository.strict;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What a user of the package relies on. */
class AuthorizerTest {
    private static final Principal CI = Principal.key("ci");
    private static final Place SHOP = Place.project("shop");
    private static final String VIEW = "prompts:view";

    private static ClearanceException refused(String code, Executable call) {
        ClearanceException error = assertThrows(ClearanceException.class, call);
        assertEquals(code, error.code(), error.getMessage());
        return error;
    }

    private static boolean allows(Authorizer authorizer) {
        return authorizer.check(CI, VIEW, SHOP, NOW).allow();
    }

    @Test
    void aKeyHasWhatItAndItsOwnerHave() {
        Authorizer authorizer = companyAuthorizer();
        Decision allowed = authorizer.check(CI, VIEW, SHOP, NOW);
        assertTrue(allowed.allow());
        assertEquals("binding", allowed.reason());
        assertTrue(allowed.binding().orElseThrow().matches("b\\d+"), allowed.toString());
        assertTrue(allowed.policy().matches("sha256:[0-9a-f]{64}"), allowed.toString());
        Decision denied = authorizer.check(CI, "project:delete", SHOP, NOW);
        assertEquals(new Decision(false, "owner-lacks", Optional.empty(), allowed.policy()), denied);
        assertTrue(authorizer.check(CI, VIEW, SHOP).reason().length() > 0, "without a time it is the present moment");
    }

    @Test
    void everyWayToAskGivesTheSameDecision() {
        Authorizer authorizer = companyAuthorizer();
        Map<String, Object> catalog = Answers.object(Json.read(authorizer.describe()));
        List<String> permissions =
            ((List<?>) catalog.get("permissions")).stream().map(entry -> (String) Answers.object(entry).get("name")).toList();
        assertTrue(permissions.size() > 50);
        Effective effective = authorizer.effective(CI, SHOP, NOW);
        List<Decision> many = authorizer.checkMany(permissions.stream().map(name -> new Question(CI, name, SHOP)).toList(), NOW);
        for (int index = 0; index < permissions.size(); index++) {
            String permission = permissions.get(index);
            Decision decision = authorizer.check(CI, permission, SHOP, NOW);
            assertEquals(decision.allow(), effective.permissions().contains(permission), permission);
            assertEquals(decision, many.get(index));
            Explanation explanation = authorizer.explain(CI, permission, SHOP, NOW);
            assertEquals(decision, explanation.decision());
            assertEquals(effective.until(), explanation.until());
            assertFalse(explanation.principal().steps().isEmpty());
            assertFalse(explanation.owner().orElseThrow().steps().isEmpty());
        }
    }

    @Test
    void anExplanationNamesItsSources() {
        Authorizer authorizer = companyAuthorizer();
        Explanation.Side side = authorizer.explain(CI, VIEW, SHOP, NOW).principal();
        String granting = side.binding().orElseThrow();
        assertTrue(side.steps().stream().anyMatch(step ->
            step.source() instanceof Explanation.Source.Binding binding && binding.row().get("id").equals(granting)), side.toString());
        Explanation old = authorizer.explain(Principal.projectKey("shop"), VIEW, SHOP, NOW);
        assertTrue(old.owner().isEmpty());
        assertEquals(1, old.principal().steps().size(), old.toString());
        assertInstanceOf(Explanation.Source.ProjectKey.class, old.principal().steps().get(0).source());
    }

    @Test
    void whatNobodyKnowsIsDeniedWithAReasonOfItsOwn() {
        Authorizer authorizer = companyAuthorizer();
        assertEquals("principal-unknown", authorizer.check(Principal.key("nobody"), VIEW, SHOP, NOW).reason());
        assertEquals("permission-unknown", authorizer.check(CI, "no:such", SHOP, NOW).reason());
        assertEquals("place-unknown", authorizer.check(CI, VIEW, Place.project("nowhere"), NOW).reason());
        // Neither fits the short way: one is not ASCII, the other is long.
        assertEquals("principal-unknown", authorizer.check(Principal.key("clé"), VIEW, SHOP, NOW).reason());
        assertEquals("principal-unknown", authorizer.check(Principal.key("k".repeat(100_000)), VIEW, SHOP, NOW).reason());
        assertEquals("place-unknown", authorizer.check(CI, VIEW, Place.team("\u0000"), NOW).reason());
        assertTrue(allows(authorizer));
    }

    @Test
    void halfASurrogatePairDoesNotBecomeAQuestionMark() {
        Authorizer authorizer = Authorizer.builder()
            .directory(Map.of("organizations", List.of(Map.of("id", "acme")), "users", List.of(Map.of("id", "a?"))))
            .load();
        assertEquals("not-member", authorizer.check(Principal.user("a?"), VIEW, Place.organization("acme"), NOW).reason());
        Principal half = Principal.user("a\ud83d");
        assertEquals("principal", refused("malformed", () -> authorizer.check(half, VIEW, Place.organization("acme"), NOW)).field().orElseThrow());
        refused("malformed", () -> authorizer.effective(half, Place.organization("acme"), NOW));
        refused("malformed", () -> authorizer.ask("\ud83d", NOW));
        refused("malformed", () -> Authorizer.load("{\"users\": [{\"id\": \"a\ud83d\"}]}"));
    }

    @Test
    void theNextQuestionSeesAChangeAndARefusedBatchChangesNothing() {
        Authorizer authorizer = companyAuthorizer();
        assertTrue(allows(authorizer));
        Map<String, ?> deactivate = Map.of("deactivateUser", Map.of("user", "ben", "at", Instant.parse("2026-05-01T00:00:00Z")));
        String before = authorizer.document();
        ClearanceException error = refused("refused", () -> authorizer.apply(List.of(deactivate, Map.of("removeTeam", "nowhere"))));
        assertEquals(OptionalInt.of(1), error.index());
        assertEquals(before, authorizer.document());
        assertTrue(allows(authorizer));
        authorizer.apply(List.of(deactivate));
        assertEquals("owner-deactivated", authorizer.check(CI, VIEW, SHOP, NOW).reason());
    }

    @Test
    void whatWouldGrantAPermissionGrantsIt() {
        Authorizer authorizer = companyAuthorizer();
        Principal ben = Principal.user("ben");
        Repair.Sets repair = assertInstanceOf(Repair.Sets.class, authorizer.repair(ben, "project:delete", SHOP, null, NOW));
        Repair.Action action = repair.sets().get(0).get(0);
        assertEquals("bind", action.kind());
        Map<String, Object> row = new java.util.LinkedHashMap<>(action.change());
        row.put("id", "repaired");
        authorizer.apply(List.of(Map.of("addBinding", row)));
        assertTrue(authorizer.check(ben, "project:delete", SHOP, NOW).allow());
        assertInstanceOf(Repair.Allowed.class, authorizer.repair(ben, "project:delete", SHOP, ben, NOW));
        assertInstanceOf(Repair.Nothing.class, authorizer.repair(Principal.user("nobody"), VIEW, SHOP, null, NOW));
    }

    @Test
    void aCapsuleIsAFileForReplay() {
        byte[] capsule = companyAuthorizer().capsule(CI, VIEW, SHOP, NOW);
        assertTrue(capsule.length > 100);
    }

    @Test
    void anotherVersionAnswersAfterASwapAndTheOldOneWhereItIsPinned() {
        Authorizer authorizer = companyAuthorizer();
        String first = authorizer.check(CI, VIEW, SHOP, NOW).policy();
        authorizer.swap(strict());
        String second = authorizer.check(CI, VIEW, SHOP, NOW).policy();
        assertNotEquals(first, second);
        authorizer.pin("acme", Policy.builtIn());
        assertEquals(first, authorizer.check(CI, VIEW, SHOP, NOW).policy());
        authorizer.unpin("acme");
        assertEquals(second, authorizer.check(CI, VIEW, SHOP, NOW).policy());
        // The bytes of the built-in policy are that policy, if they may be taken.
        authorizer.swap(Policy.unsigned(Repository.bytes("policy/dist/langwatch.wasm")));
        assertEquals(first, authorizer.check(CI, VIEW, SHOP, NOW).policy());
    }

    @Test
    void aRequestThatMovesVersionsDoesNotConfuseTheNextSwap() {
        Authorizer authorizer = companyAuthorizer();
        Policy strict = strict();
        authorizer.pin("acme", strict);
        String pinned = authorizer.check(CI, VIEW, SHOP, NOW).policy();
        authorizer.ask("{\"unpin\": {\"organization\": \"acme\"}}");
        authorizer.ask("{\"removeVersion\": {\"version\": 2}}");
        authorizer.swap(strict);
        assertEquals(pinned, authorizer.check(CI, VIEW, SHOP, NOW).policy());
    }

    @Test
    void aPolicyThatNobodySignedIsRefusedUnlessThatIsAllowed() {
        refused("unsigned", () -> Authorizer.builder().policy(strict()).load());
        Authorizer authorizer = Authorizer.load(Repository.company());
        refused("unsigned", () -> authorizer.swap(strict()));
        refused("no-keys", () -> authorizer.swap(Policy.signed(Repository.bytes("policy/dist/strict.wasm"), "signed")));
        assertTrue(allows(authorizer));
    }

    @Test
    void bytesThatAreNotAPolicyAreRefusedByName() {
        Authorizer authorizer = companyAuthorizer();
        byte[] strict = Repository.bytes("policy/dist/strict.wasm");
        refused("not-a-component", () -> authorizer.swap(Policy.unsigned(new byte[0])));
        refused("not-a-component", () -> authorizer.swap(Policy.unsigned(new byte[] {0, 97, 115, 109, 1, 0, 0, 0})));
        refused("contract", () -> authorizer.swap(Policy.unsigned(new byte[] {0, 97, 115, 109, 13, 0, 1, 0})));
        refused("invalid", () -> authorizer.swap(Policy.unsigned(Arrays.copyOf(strict, 1000))));
        assertTrue(allows(authorizer));
    }

    @Test
    void badInputIsRefusedByNameAndTheNextQuestionIsAnswered() {
        Authorizer authorizer = companyAuthorizer();
        for (Principal bad : Arrays.asList(null, Principal.key(null), Principal.user(null), Principal.projectKey(null))) {
            assertEquals("principal", refused("malformed", () -> authorizer.check(bad, VIEW, SHOP, NOW)).field().orElseThrow());
            refused("malformed", () -> authorizer.effective(bad, SHOP, NOW));
            refused("malformed", () -> authorizer.checkMany(List.of(new Question(bad, VIEW, SHOP))));
        }
        for (Place bad : Arrays.asList(null, Place.project(null), Place.team(null), Place.organization(null))) {
            assertEquals("place", refused("malformed", () -> authorizer.check(CI, VIEW, bad, NOW)).field().orElseThrow());
            refused("malformed", () -> authorizer.explain(CI, VIEW, bad, NOW));
        }
        assertEquals("permission", refused("malformed", () -> authorizer.check(CI, null, SHOP, NOW)).field().orElseThrow());
        refused("malformed", () -> authorizer.check(CI, VIEW, SHOP, null));
        refused("malformed", () -> authorizer.checkMany(null));
        refused("malformed", () -> authorizer.checkMany(Collections.singletonList(null)));
        refused("malformed", () -> authorizer.visibleProjects(null));
        refused("malformed", () -> authorizer.apply((String) null));
        refused("malformed", () -> authorizer.apply(List.of(Map.of("addUser", new Object()))));
        refused("malformed", () -> authorizer.swap(null));
        refused("malformed", () -> authorizer.ask("{\"check\": {}}"));
        refused("malformed", () -> authorizer.ask(""));
        for (Instant bad : List.of(Instant.MIN, Instant.ofEpochMilli(-1), Instant.EPOCH.minusNanos(1), Instant.parse("+10000-01-01T00:00:00Z"),
            Instant.ofEpochMilli(Long.MAX_VALUE), Instant.MAX)) {
            refused("time", () -> authorizer.check(CI, VIEW, SHOP, bad));
            refused("time", () -> authorizer.explain(CI, VIEW, SHOP, bad));
        }
        for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, 0.5, 0x1p64, -0x1p70}) {
            refused("time", () -> authorizer.check(CI, VIEW, SHOP, bad));
        }
        assertTrue(allows(authorizer));
    }

    @Test
    void dataThatCannotBeLoadedIsRefusedWithItsPlace() {
        for (String bad : List.of("", "{", "[]", "{\"teams\":[{\"id\":\"t\",\"organization\":\"o\"}]}", "{\"keys\":[{\"id\":\"\"}]}", "{\"more\":[]}")) {
            refused("directory", () -> Authorizer.load(bad));
        }
        refused("malformed", () -> Authorizer.load(null));
    }

    @Test
    void whatStopsTheAuthorizerItselfLosesItsData() throws Exception {
        Authorizer authorizer = companyAuthorizer();
        // Nobody runs its version any more, so that it is stopped in the middle of a question.
        java.lang.reflect.Field versions = Authorizer.class.getDeclaredField("versions");
        versions.setAccessible(true);
        ((Map<?, ?>) versions.get(authorizer)).clear();
        assertTrue(refused("lost", () -> authorizer.check(CI, VIEW, SHOP, NOW)).getCause() != null);
        refused("lost", () -> authorizer.check(CI, VIEW, SHOP, NOW));
        refused("lost", () -> authorizer.effective(CI, SHOP, NOW));
        refused("lost", () -> authorizer.apply("[]"));
        refused("lost", () -> authorizer.swap(Policy.builtIn()));
        refused("lost", () -> authorizer.unpin("acme"));
        refused("lost", authorizer::document);
        assertTrue(allows(companyAuthorizer()));
    }

    @Test
    void theDocumentIsWhatWasLoaded() {
        Authorizer authorizer = companyAuthorizer();
        Authorizer again = Authorizer.load(authorizer.document());
        assertEquals(authorizer.document(), again.document());
        assertTrue(authorizer.document().getBytes(StandardCharsets.UTF_8).length > 1000);
    }
}
