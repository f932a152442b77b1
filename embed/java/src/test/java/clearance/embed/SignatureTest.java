package clearance.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may say what a policy is. The signature was made by minisign itself. */
class SignatureTest {
    private static final byte[] COMPONENT = Repository.bytes("host/tests/contracts/0.1.0.wasm");
    private static final String SIGNATURE = text("hashed.minisig");
    private static final String SIGNER = text("signer.pub");
    private static final String STRANGER = text("stranger.pub");

    private static String text(String name) {
        return Repository.text(Repository.ROOT.resolve("rollout/tests/signatures").resolve(name));
    }

    private static Authorizer trusting(String... keys) {
        return Authorizer.builder().directory(Repository.company()).trustedKeys(List.of(keys)).load();
    }

    private static String answeredBy(Authorizer authorizer) {
        return authorizer.check(Principal.key("ci"), "prompts:view", Place.project("shop"), Repository.NOW).policy();
    }

    private static void refused(String code, Authorizer authorizer, Policy policy) {
        String before = answeredBy(authorizer);
        assertEquals(code, assertThrows(ClearanceException.class, () -> authorizer.swap(policy)).code());
        assertEquals(code, assertThrows(ClearanceException.class, () -> authorizer.pin("acme", policy)).code());
        assertEquals(before, answeredBy(authorizer));
    }

    @Test
    void aPolicyIsTakenWithTheSignatureOfATrustedKey() {
        Authorizer authorizer = trusting(STRANGER, SIGNER);
        String before = answeredBy(authorizer);
        authorizer.swap(Policy.signed(COMPONENT, SIGNATURE));
        assertNotEquals(before, answeredBy(authorizer));
    }

    @Test
    void aPolicyIsTakenWithNoOther() {
        Policy signed = Policy.signed(COMPONENT, SIGNATURE);
        refused("stranger", trusting(STRANGER), signed);
        refused("no-keys", trusting(), signed);
        refused("key-malformed", trusting("RW"), signed);
        refused("unsigned", trusting(SIGNER), Policy.unsigned(COMPONENT));
        refused("signature-malformed", trusting(SIGNER), Policy.signed(COMPONENT, "signed"));
        refused("signature-wrong", trusting(SIGNER), Policy.signed(Arrays.copyOf(COMPONENT, COMPONENT.length - 1), SIGNATURE));
        refused("signature-wrong", trusting(SIGNER), Policy.signed(COMPONENT, SIGNATURE.replace("a comment that is signed", "another")));
    }
}
